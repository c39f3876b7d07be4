package brokertest_test

import (
	"os"
	"testing"

	"github.com/sluice-stream/sluice/topics/brokertest"
)

func TestMain(m *testing.M) {
	os.Exit(brokertest.Main(m))
}
