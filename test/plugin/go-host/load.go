package main

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// loadInput is one command, executed many times.
type loadInput struct {
	executeInput
	Requests int
	InFlight int
}

// load executes the command and gives what each execution took, in milliseconds.
func (h *host) load(ctx context.Context, in loadInput) ([]float64, error) {
	took := make([]float64, in.Requests)
	var next atomic.Int64
	var failed sync.Once
	var failure error
	var running sync.WaitGroup
	for worker := 0; worker < in.InFlight; worker++ {
		running.Add(1)
		go func() {
			defer running.Done()
			for at := next.Add(1) - 1; at < int64(in.Requests) && ctx.Err() == nil; at = next.Add(1) - 1 {
				begin := time.Now()
				if _, err := h.execute(ctx, in.executeInput); err != nil {
					failed.Do(func() { failure = err })
					return
				}
				took[at] = float64(time.Since(begin).Microseconds()) / 1000
			}
		}()
	}
	running.Wait()
	return took, failure
}
