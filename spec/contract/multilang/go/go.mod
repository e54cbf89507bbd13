module components

go 1.19

require github.com/typhoon-stream/storm-go v0.0.0

replace github.com/typhoon-stream/storm-go => ../../../../multilang/go
