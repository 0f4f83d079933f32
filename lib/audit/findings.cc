// findings.cc
