// dns_message.cc
