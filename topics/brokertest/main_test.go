package brokertest_test

import (
	"fmt"
	"os"
	"testing"

	"github.com/sluice-stream/sluice/topics/brokertest"
)

func TestMain(m *testing.M) {
	code := brokertest.Main(m)
	if err := brokertest.Leaked(); err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}
