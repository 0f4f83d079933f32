// detail.cc
