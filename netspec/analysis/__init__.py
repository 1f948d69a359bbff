"""Every number of a network: typed graph to frozen records of exact integers, without units or formatting."""
