package main

import (
	"context"
	"flag"
	"fmt"
	"testing"
	"time"
)

// measureContexts prints a line {"name": …, "ns": …} for each operation that bench/ measures of desist.
func measureContexts(arguments []string) {
	testing.Init()
	seconds := flag.Float64("seconds", 0.5, "how long each is measured, at the least")
	flag.CommandLine.Parse(arguments)
	flag.Set("test.benchtime", fmt.Sprintf("%gs", *seconds))

	report("derive_cancel", deriveAndCancel)
	report("cancel_1000", func(b *testing.B) { cancelWithChildren(b, 1000) })
	report("cancel_100000", func(b *testing.B) { cancelWithChildren(b, 100000) })
	report("poll", pollByErr)
	report("poll_select", pollBySelect)
	report("timeout_cancel_100000", timeoutAmongMany)
	report("value_10_values", valueBehindValues)
	report("value_10_scopes", valueBehindScopes)
}

func report(name string, run func(b *testing.B)) {
	result := testing.Benchmark(run)
	ns, given := result.Extra["ns"]
	if !given {
		ns = float64(result.T.Nanoseconds()) / float64(result.N)
	}
	fmt.Printf("{\"name\": %q, \"ns\": %.2f}\n", name, ns)
}

var (
	polls int
	found any
)

func deriveAndCancel(b *testing.B) {
	parent, end := context.WithCancel(context.Background())
	defer end()
	for i := 0; i < b.N; i++ {
		_, cancel := context.WithCancel(parent)
		cancel()
	}
}

// cancelWithChildren times the cancel alone, by hand: StopTimer stops the world each time.
func cancelWithChildren(b *testing.B, children int) {
	var spent time.Duration
	for i := 0; i < b.N; i++ {
		parent, cancel := context.WithCancel(context.Background())
		ends := make([]context.CancelFunc, children)
		for c := range ends {
			_, ends[c] = context.WithCancel(parent)
		}
		start := time.Now()
		cancel()
		spent += time.Since(start)
		for _, end := range ends {
			end()
		}
	}
	b.ReportMetric(float64(spent.Nanoseconds())/float64(b.N)/float64(children), "ns")
}

func pollByErr(b *testing.B) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	for i := 0; i < b.N; i++ {
		if ctx.Err() != nil {
			polls++
		}
	}
}

func pollBySelect(b *testing.B) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	for i := 0; i < b.N; i++ {
		select {
		case <-ctx.Done():
			polls++
		default:
		}
	}
}

func timeoutAmongMany(b *testing.B) {
	parent, end := context.WithCancel(context.Background())
	defer end()
	for i := 0; i < 100000; i++ {
		// As those of requests are: none the child of another's parent, no two at the same instant.
		_, cancel := context.WithTimeout(context.Background(), time.Hour+time.Duration(i)*time.Millisecond)
		defer cancel()
	}
	b.ResetTimer()
	for i := 0; i < b.N; i++ {
		_, cancel := context.WithTimeout(parent, 10*time.Second)
		cancel()
	}
	b.StopTimer()
}

type key int

func valueBehindValues(b *testing.B) {
	ctx := context.WithValue(context.Background(), key(0), "value")
	for i := 1; i <= 10; i++ {
		ctx = context.WithValue(ctx, key(i), "other")
	}
	for i := 0; i < b.N; i++ {
		found = ctx.Value(key(0))
	}
}

func valueBehindScopes(b *testing.B) {
	ctx := context.WithValue(context.Background(), key(0), "value")
	for i := 0; i < 10; i++ {
		var cancel context.CancelFunc
		ctx, cancel = context.WithCancel(ctx)
		defer cancel()
	}
	for i := 0; i < b.N; i++ {
		found = ctx.Value(key(0))
	}
}
