package brokertest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
)

// cacheDir keeps what was fetched.
func cacheDir() (string, error) {
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	dir = filepath.Join(dir, "sluice-brokertest")
	return dir, os.MkdirAll(dir, 0o755)
}

// fetched is a folder of the cache that fetch filled, once for all processes. A
// fetch that fails or is killed leaves nothing behind that counts.
func fetched(name string, fetch func(dir string) error) (string, error) {
	cache, err := cacheDir()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(cache, name)
	unlock, err := lockFile(dir + ".lock")
	if err != nil {
		return "", err
	}
	defer unlock()
	if _, err := os.Stat(dir); err == nil {
		return dir, nil
	}
	next := dir + ".new"
	if err := errors.Join(os.RemoveAll(next), os.MkdirAll(next, 0o755)); err != nil {
		return "", err
	}
	if err := fetch(next); err != nil {
		return "", fmt.Errorf("fetch %s: %w", name, err)
	}
	return dir, os.Rename(next, dir)
}

// maven runs Maven in a folder.
func maven(dir string, args ...string) error {
	cmd := exec.Command("mvn", append([]string{"-q", "-B"}, args...)...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("mvn %v: %w\n%s", args, err, out)
	}
	return nil
}

// minJava is what the registry needs; the brokers do with 17.
const minJava = 21

// newestJava is the newest Java there is, or empty if none is new enough: of
// JAVA_HOME, the PATH and the places where Debian puts them.
var newestJava = sync.OnceValue(func() string {
	candidates, _ := filepath.Glob("/usr/lib/jvm/*/bin/java")
	if home := os.Getenv("JAVA_HOME"); home != "" {
		candidates = append(candidates, filepath.Join(home, "bin", "java"))
	}
	if path, err := exec.LookPath("java"); err == nil {
		candidates = append(candidates, path)
	}
	newest, best := "", minJava-1
	for _, java := range candidates {
		out, err := exec.Command(java, "-version").CombinedOutput()
		if err != nil {
			continue
		}
		if major := javaMajor(string(out)); major > best {
			newest, best = java, major
		}
	}
	return newest
})

// javaMajor is the version that `java -version` tells, or 0.
func javaMajor(out string) int {
	_, rest, ok := strings.Cut(out, `version "`)
	if !ok {
		return 0
	}
	end := strings.IndexAny(rest, `.-+"`)
	if end < 0 {
		return 0
	}
	major, err := strconv.Atoi(rest[:end])
	if err != nil {
		return 0
	}
	return major
}
