#include <boost/safe_numerics/safe_integer.hpp>
#include <boost/outcome.hpp>
#include <boost/convert.hpp>
#include <boost/convert/lexical_cast.hpp>
#include <boost/ptr_container/ptr_vector.hpp>
#include <boost/lockfree/queue.hpp>
int main() { boost::safe_numerics::safe<int> n = 1; boost::ptr_vector<int> v; v.push_back(new int(1)); return n + 0 == 1 ? 0 : 1; }
