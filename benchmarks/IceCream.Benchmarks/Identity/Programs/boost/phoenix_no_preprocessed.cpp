#define BOOST_PHOENIX_DONT_USE_PREPROCESSED_FILES
#define BOOST_PHOENIX_LIMIT 12
#include <boost/phoenix/core.hpp>
#include <boost/phoenix/operator.hpp>
#include <boost/phoenix/bind.hpp>
#include <boost/phoenix/scope.hpp>
static int twice(int n) { return 2 * n; }
int main() { using boost::phoenix::placeholders::_1; return (boost::phoenix::bind(&twice, _1) - 4)(2); }
