#include "client/pick_first.h"

namespace cpp_lite::client {

h2::Connection* PickFirst::pick(const Wish& wish) {
  const h2::Connection* ready = link_.ready();
  if (ready == nullptr || !wish.allows(ready->peer(), stores_)) return nullptr;
  if (guards_.barred(ready->peer())) return nullptr;
  return link_.take();
}

// While a connection is ready no other address is tried.
Outlook PickFirst::outlook(const Wish& wish) const {
  if (link_.failing()) return Outlook::failing;
  const h2::Connection* ready = link_.ready();
  if (ready == nullptr) return Outlook::wait;
  if (!wish.allows(ready->peer(), stores_)) return Outlook::never;
  return guards_.barred(ready->peer()) ? Outlook::barred : Outlook::wait;
}

}  // namespace cpp_lite::client
