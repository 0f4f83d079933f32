// run.cc
