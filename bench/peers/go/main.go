// The Go reference client, github.com/hashicorp/serf/client, as Debian has it. The contract of runners: ../../README.md.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/hashicorp/serf/client"
)

var (
	workload string
	began    time.Time
	cpuThen  float64
	size     int // of payloads; 0: as usual
	halfN    int // how many were done at halfAt
	halfAt   time.Time
)

func sizeOr(usual int) int {
	if size > 0 {
		return size
	}
	return usual
}

func payload() []byte { return bytes.Repeat([]byte("y"), sizeOr(1)) }

func main() {
	log.SetOutput(io.Discard) // the client logs a line for every event that it drops
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: peer-go HOST:PORT WORKLOAD")
		os.Exit(2)
	}
	workload = os.Args[2]
	size, _ = strconv.Atoi(os.Getenv("BENCH_SIZE"))
	limit := time.Duration(env("BENCH_LIMIT_S")) * time.Second
	time.AfterFunc(limit, func() { failed("not done in %v", limit) })
	c, err := client.NewRPCClient(os.Args[1])
	must(err)
	n := env("BENCH_N")
	start()
	switch workload {
	case "stream-300k":
		stream(c, fmt.Sprintf("user:N=%d;gap=2ms;size=%d", n, sizeOr(64)), n, wrongEvent)
	case "churn-300k":
		stream(c, "member-update", n, wrongUpdate)
	case "members-10k":
		all := env("BENCH_MEMBERS")
		for i := 0; i < n; i++ {
			if i == n/2 {
				half(i * all)
			}
			members, err := c.Members()
			must(err)
			if len(members) != all || members[all-1].Name != fmt.Sprintf("node-%05d", all-1) {
				failed("%d members", len(members))
			}
		}
		done(n * all)
	case "query-1000":
		responses := env("BENCH_RESPONSES")
		for i := 0; i < n; i++ {
			if i == n/2 {
				half(i * 2 * responses)
			}
			query(c, responses)
		}
		done(n * 2 * responses)
	case "rpc-serial":
		payload := payload()
		for i := 0; i < n; i++ {
			if i == n/2 {
				half(i)
			}
			must(c.UserEvent("x", payload, false))
		}
		done(n)
	case "rpc-pipelined":
		const inFlight = 1000
		payload := payload()
		var workers sync.WaitGroup
		var ended int64
		for w := 0; w < inFlight; w++ {
			workers.Add(1)
			go func() {
				defer workers.Done()
				for i := 0; i < n/inFlight; i++ {
					must(c.UserEvent("x", payload, false))
					if atomic.AddInt64(&ended, 1) == int64(n/2) {
						half(n / 2)
					}
				}
			}()
		}
		workers.Wait()
		done(n)
	default:
		failed("no such workload")
	}
}

// stream takes n records, and looks at each.
func stream(c *client.RPCClient, filter string, n int, wrong func(i int, e map[string]interface{}) bool) {
	// The client drops what does not fit the channel at once, so there is room for all.
	events := make(chan map[string]interface{}, n+10)
	start()
	_, err := c.Stream(filter, events)
	must(err)
	for i := 1; i <= n; i++ {
		if e := <-events; wrong(i, e) {
			failed("event %d is %v", i, e)
		}
		if i == n/2 {
			half(i)
		}
	}
	done(n)
}

func wrongEvent(i int, e map[string]interface{}) bool {
	payload := text(e["Payload"])
	return len(payload) != sizeOr(64) || payload[0] != byte(i) || number(e["LTime"]) != int64(i)
}

func wrongUpdate(i int, e map[string]interface{}) bool {
	members, _ := e["Members"].([]interface{})
	if len(members) != 1 {
		return true
	}
	member, _ := members[0].(map[interface{}]interface{})
	tags, _ := member["Tags"].(map[interface{}]interface{})
	return text(tags["rev"]) != strconv.Itoa(i)
}

func number(v interface{}) int64 {
	switch v := v.(type) {
	case int64:
		return v
	case uint64:
		return int64(v)
	}
	return -1
}

func text(v interface{}) string {
	switch v := v.(type) {
	case string:
		return v
	case []byte:
		return string(v)
	}
	return ""
}

func query(c *client.RPCClient, responses int) {
	acks, answers := make(chan string, responses), make(chan client.NodeResponse, responses)
	param := &client.QueryParam{Name: "load", RequestAck: true, AckCh: acks, RespCh: answers}
	if size > 0 {
		param.Payload = payload()
	}
	must(c.Query(param))
	a, r := 0, 0
	for range acks {
		a++
	}
	for answer := range answers {
		if size > 0 && len(answer.Payload) != size {
			failed("response %d is wrong", r)
		}
		r++
	}
	if a != responses || r != responses {
		failed("%d acks and %d responses", a, r)
	}
}

// ---- the contract -------------------------------------------------------------------------

func start() { began, cpuThen = time.Now(), cpu() }

// half tells the time until about half is done from the rest, as V8 has to warm up.
func half(n int) { halfN, halfAt = n, time.Now() }

func done(n int) {
	end := time.Now()
	s := end.Sub(began).Seconds()
	result := map[string]interface{}{"n": n, "seconds": s, "per_s": float64(n) / s, "cpu_s": cpu() - cpuThen, "rss_mb": rss()}
	if halfN > 0 {
		result["cold_per_s"] = float64(halfN) / halfAt.Sub(began).Seconds()
		result["warm_per_s"] = float64(n-halfN) / end.Sub(halfAt).Seconds()
	}
	emit(result)
}

func failed(format string, a ...interface{}) {
	why := fmt.Sprintf(format, a...)
	if len(why) > 200 {
		why = why[:200]
	}
	emit(map[string]interface{}{"failed": why})
}

func must(err error) {
	if err != nil {
		failed("%v", err)
	}
}

var once sync.Mutex // never unlocked: the first line is the only one

func emit(result map[string]interface{}) {
	once.Lock()
	line, _ := json.Marshal(result)
	fmt.Println(string(line))
	os.Exit(0)
}

func env(name string) int {
	n, err := strconv.Atoi(os.Getenv(name))
	if err != nil {
		fmt.Fprintln(os.Stderr, "no", name)
		os.Exit(2)
	}
	return n
}

func cpu() float64 {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}

func rss() float64 {
	status, _ := os.ReadFile("/proc/self/status")
	for _, line := range strings.Split(string(status), "\n") {
		if strings.HasPrefix(line, "VmHWM:") {
			kb, _ := strconv.ParseFloat(strings.Fields(line)[1], 64)
			return kb / 1024
		}
	}
	return 0
}
