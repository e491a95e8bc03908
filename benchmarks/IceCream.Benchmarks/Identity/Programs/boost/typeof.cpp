#include <boost/typeof/typeof.hpp>
#include <boost/typeof/std/map.hpp>
#include <boost/typeof/std/string.hpp>
int main() { std::map<std::string, int> m; BOOST_AUTO(i, m.begin()); return i != m.end(); }
