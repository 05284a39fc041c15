// Package importfile reads playback configurations from the JSON that AWS tools write:
// the AWS CLI's answers and requests, and CloudFormation templates, which the CDK
// synthesizes too.
package importfile
