"""What every adapter must keep to, as checks that drive any of them through its sandbox and a real router."""
