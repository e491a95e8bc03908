#include <boost/contract.hpp>
#include <boost/date_time/posix_time/posix_time.hpp>
#include <boost/flyweight.hpp>
#include <boost/uuid/uuid_generators.hpp>
#include <string>
int half(int n) { int result; boost::contract::check c = boost::contract::function().precondition([&] { BOOST_CONTRACT_ASSERT(n % 2 == 0); }); return result = n / 2; }
