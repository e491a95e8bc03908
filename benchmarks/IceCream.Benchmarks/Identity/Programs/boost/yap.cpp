#include <boost/yap/yap.hpp>
#include <iostream>
int main() { auto e = boost::yap::make_terminal(1) + boost::yap::make_terminal(2); return boost::yap::evaluate(e) - 3; }
