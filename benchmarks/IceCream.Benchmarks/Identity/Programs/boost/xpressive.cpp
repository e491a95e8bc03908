#include <boost/xpressive/xpressive.hpp>
#include <boost/xpressive/regex_actions.hpp>
#include <string>
using namespace boost::xpressive;
int main() { std::string s = "hello 42"; smatch what; sregex re = (s1 = +_w) >> ' ' >> (s2 = +_d); return regex_match(s, what, re) ? what[2].length() - 2 : 1; }
