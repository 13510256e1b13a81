"""A file for each family, named as its parser is: `registry` finds its function `order`."""
