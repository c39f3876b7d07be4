package brokertest

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// A Java process spends most of a start on loading classes. An archive of the
// classes that a first run loaded takes a third off each start after it. It is
// made once for a version of the program and of Java; Java looks whether it fits
// and goes on without it if not.

// archives are the folder of the archives of a program. The folder is kept
// whether or not they could be made: they are a matter of speed alone.
func archives(program string, make func(dir string) error) (string, error) {
	version, err := exec.Command(newestJava(), "-version").CombinedOutput()
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(append(version, newestJava()...))
	return fetched("classes-"+program+"-"+hex.EncodeToString(sum[:4]), make)
}

// kafkaArchives are for the two programs of one Kafka.
func kafkaArchives(version, libs string) (string, error) {
	return archives("kafka-"+version, func(dir string) error {
		work, err := os.MkdirTemp("", "brokertest")
		if err != nil {
			return err
		}
		defer os.RemoveAll(work)
		ports, err := unusedPorts(2)
		if err != nil {
			return err
		}
		n := &Node{id: 1, libs: libs, dir: work, archives: dir, archiving: true}
		settings := n.settings(1, []string{"1@" + address(ports[1])})
		addListeners(settings, []listener{{name: "PLAINTEXT", protocol: "PLAINTEXT", port: ports[0]}, {name: "CONTROLLER", protocol: "PLAINTEXT", port: ports[1]}})
		if err := errors.Join(n.configure(settings, nil), n.makeStorage()); err != nil {
			return err
		}
		return rehearse(&Service{name: "broker", command: n.command, output: filepath.Join(work, "output")}, ports[0])
	})
}

// rehearse starts a service, waits until it listens on a port, and ends it in
// order, which is when it writes its archive.
func rehearse(s *Service, port int) error {
	if err := s.launch(); err != nil {
		return err
	}
	defer s.Kill()
	ctx, cancel := startContext()
	defer cancel()
	ok := poll(ctx, func() bool {
		c, err := net.DialTimeout("tcp", address(port), time.Second)
		if err != nil {
			return false
		}
		c.Close()
		return true
	})
	if !ok {
		return fmt.Errorf("the %s did not start within %v:\n%s", s.name, startTimeout, s.tail())
	}
	s.Shutdown()
	return nil
}

// archiveFlag makes a JVM use the archive of a name, or write it.
func archiveFlag(dir, name string, writing bool) string {
	path := filepath.Join(dir, name+".jsa")
	if writing {
		return "-XX:ArchiveClassesAtExit=" + path
	}
	return "-XX:SharedArchiveFile=" + path
}
