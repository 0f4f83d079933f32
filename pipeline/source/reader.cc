// reader.cc
