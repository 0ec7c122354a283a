"""What B7 starts beside the platform's own processes."""
