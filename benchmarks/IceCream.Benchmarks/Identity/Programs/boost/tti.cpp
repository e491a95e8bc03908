#include <boost/tti/has_member_function.hpp>
#include <boost/tti/has_type.hpp>
#include <boost/tti/member_type.hpp>
#include <vector>
BOOST_TTI_HAS_TYPE(value_type)
BOOST_TTI_HAS_MEMBER_FUNCTION(size)
int main() { return has_type_value_type<std::vector<int>>::value - 1; }
