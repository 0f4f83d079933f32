// unbound_resolver.cc
