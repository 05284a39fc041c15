package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"

	"stitcher/internal/control"
	"stitcher/internal/playback/importfile"
)

const importUsage = `Usage: stitcher import [flags] FILE

Creates or replaces the playback configurations of a JSON file in a running service. FILE
is an answer of aws mediatailor get-playback-configuration or list-playback-configurations,
or a CloudFormation template, which cdk synth writes too; - is standard input. Nothing is
sent unless all configurations of the file are valid.

Exit status: 0 all are in the service, 1 some are not, 2 the file cannot be imported.

Flags:
`

// maxImport bounds the file.
const maxImport = 64 << 20

// importCommand is `stitcher import`.
func importCommand(ctx context.Context, args []string, getenv func(string) string, stdin io.Reader, stdout, stderr io.Writer) int {
	fs := flag.NewFlagSet("stitcher import", flag.ContinueOnError)
	fs.SetOutput(stderr)
	fs.Usage = func() { fmt.Fprint(stderr, importUsage); fs.PrintDefaults() }
	address := fs.String("admin-url", "http://127.0.0.1:8081", "URL of the service's control API")
	access := fs.String("access-key", "", "access key of the control API")
	secret := fs.String("secret-key", "", "secret key of the control API")
	region := fs.String("region", "us-east-1", "region in signatures")
	dry := fs.Bool("dry-run", false, "check the file and name its configurations, and send nothing")
	if err := fromEnvironment(fs, getenv); err != nil {
		fmt.Fprintln(stderr, "stitcher:", err)
		return 2
	}
	if err := fs.Parse(args); err != nil {
		return usageStatus(err)
	}
	if fs.NArg() != 1 {
		fs.Usage()
		return 2
	}
	items, err := readImport(fs.Arg(0), stdin)
	if err != nil {
		fmt.Fprintln(stderr, "stitcher:", err)
		return 2
	}
	client, err := control.New(control.Options{URL: *address, AccessKey: *access, SecretKey: *secret, Region: *region})
	if err != nil {
		fmt.Fprintln(stderr, "stitcher: --admin-url:", err)
		return 2
	}
	status := 0
	for _, item := range items {
		verdict := "valid"
		if !*dry {
			verdict = "imported"
			if err := send(ctx, client, item); err != nil {
				fmt.Fprintf(stderr, "stitcher: %s: %v\n", item.Name, err)
				status = 1
				continue
			}
		}
		fmt.Fprintf(stdout, "%s %s\n", verdict, item.Name)
	}
	return status
}

func readImport(name string, stdin io.Reader) ([]importfile.Item, error) {
	in := stdin
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		in = f
	}
	file, err := io.ReadAll(io.LimitReader(in, maxImport+1))
	if err != nil {
		return nil, err
	}
	if len(file) > maxImport {
		return nil, fmt.Errorf("%s has more than %d MiB", name, maxImport>>20)
	}
	return importfile.Read(file)
}

// send puts one configuration into the service.
func send(ctx context.Context, client *control.Client, item importfile.Item) error {
	if err := client.PutConfiguration(ctx, item.Put); err != nil {
		return err
	}
	if item.Logs == nil {
		return nil
	}
	return client.ConfigureLogs(ctx, item.Logs)
}
