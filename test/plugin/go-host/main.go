// Command go-host is the part of a Botkube agent that a plugin meets, without the agent around it: Botkube's own
// plugin manager, command parser, actions and renderers, unmodified. It takes one JSON request a line on standard
// input and writes one JSON answer a line on standard output; Botkube's log goes to standard error.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"sync"
)

type request struct {
	ID   int             `json:"id"`
	Do   string          `json:"do"`
	With json.RawMessage `json:"with"`
}

type answer struct {
	ID    int    `json:"id"`
	OK    any    `json:"ok,omitempty"`
	Error string `json:"error,omitempty"`
}

// calls are the requests under way, which `cancel` ends by their id.
type calls struct {
	sync.Mutex
	cancel map[int]context.CancelFunc
}

func main() {
	in, out := os.Stdin, json.NewEncoder(os.Stdout)
	// Botkube logs to standard output, and a plugin inherits standard input: neither may touch our lines.
	os.Stdout = os.Stderr
	nothing, err := os.Open(os.DevNull)
	if err != nil {
		panic(err)
	}
	os.Stdin = nothing

	h := &host{}
	defer h.shutdown()
	underWay := calls{cancel: map[int]context.CancelFunc{}}
	var writing sync.Mutex
	lines := bufio.NewReader(in)
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return
		}
		var asked request
		if err := json.Unmarshal(line, &asked); err != nil {
			panic(err)
		}
		ctx := underWay.begin(asked.ID)
		go func() {
			said := answer{ID: asked.ID}
			if said.OK, err = do(ctx, h, &underWay, asked); err != nil {
				said = answer{ID: asked.ID, Error: err.Error()}
			}
			underWay.end(asked.ID)
			writing.Lock()
			defer writing.Unlock()
			if err := out.Encode(said); err != nil {
				panic(err)
			}
		}()
	}
}

func do(ctx context.Context, h *host, underWay *calls, asked request) (any, error) {
	switch asked.Do {
	case "start":
		return with(asked, func(in startInput) (any, error) { return true, h.start(in) })
	case "help":
		return h.help(ctx)
	case "execute":
		return with(asked, func(in executeInput) (any, error) { return h.execute(ctx, in) })
	case "load":
		return with(asked, func(in loadInput) (any, error) { return h.load(ctx, in) })
	case "act":
		return with(asked, func(in actInput) (any, error) { return h.act(ctx, in) })
	case "cancel":
		return with(asked, func(id int) (any, error) { underWay.end(id); return true, nil })
	case "render":
		return with(asked, render)
	case "shutdown":
		h.shutdown()
		return true, nil
	default:
		return nil, fmt.Errorf("unknown request %q", asked.Do)
	}
}

// with reads what a request carries.
func with[T any](asked request, use func(T) (any, error)) (any, error) {
	var in T
	if err := json.Unmarshal(asked.With, &in); err != nil {
		return nil, err
	}
	return use(in)
}

func (c *calls) begin(id int) context.Context {
	c.Lock()
	defer c.Unlock()
	ctx, cancel := context.WithCancel(context.Background())
	c.cancel[id] = cancel
	return ctx
}

func (c *calls) end(id int) {
	c.Lock()
	defer c.Unlock()
	if cancel, ok := c.cancel[id]; ok {
		cancel()
		delete(c.cancel, id)
	}
}
