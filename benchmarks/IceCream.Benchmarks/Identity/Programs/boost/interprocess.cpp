#include <boost/interprocess/managed_shared_memory.hpp>
#include <boost/interprocess/containers/vector.hpp>
#include <boost/interprocess/allocators/allocator.hpp>
#include <boost/interprocess/sync/interprocess_mutex.hpp>
namespace bip = boost::interprocess;
using Allocator = bip::allocator<int, bip::managed_shared_memory::segment_manager>;
using Vector = bip::vector<int, Allocator>;
int size() { return sizeof(Vector) + sizeof(bip::interprocess_mutex); }
