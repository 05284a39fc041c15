// Package awsapi has what the resources of MediaTailor's control API have in common: the
// members of their JSON, problems found in them, names and ARNs, tags and page tokens.
package awsapi
