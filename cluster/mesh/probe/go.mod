module codedelivery.dev/cluster/mesh/probe

go 1.24.0
