"""The whole platform on one machine: private servers, keys, processes, and what starts and ends them."""
