"""What goes over HTTP and the sockets: requests, answers and frames, the same structs for servers and clients."""
