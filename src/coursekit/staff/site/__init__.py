"""The website: the book, its pages that code writes, and the search for leaks in what was built."""
