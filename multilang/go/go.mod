module github.com/typhoon-stream/storm-go

go 1.19
