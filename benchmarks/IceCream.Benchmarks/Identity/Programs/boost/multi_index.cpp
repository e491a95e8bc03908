#include <boost/multi_index_container.hpp>
#include <boost/multi_index/ordered_index.hpp>
#include <boost/multi_index/hashed_index.hpp>
#include <boost/multi_index/sequenced_index.hpp>
#include <boost/multi_index/composite_key.hpp>
#include <boost/multi_index/member.hpp>
#include <string>
using namespace boost::multi_index;
struct Person { int id; std::string name; };
using People = multi_index_container<Person, indexed_by<ordered_unique<member<Person, int, &Person::id>>, hashed_non_unique<member<Person, std::string, &Person::name>>, sequenced<>>>;
int main() { People p; p.insert({1, "a"}); return p.get<1>().count("a") - 1; }
