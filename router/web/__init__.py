"""The API over HTTP and sockets: one table of operations, the same for both."""
