"""The contact router: contacts from every channel, in one set of queues, to the agent who may and can serve them."""
