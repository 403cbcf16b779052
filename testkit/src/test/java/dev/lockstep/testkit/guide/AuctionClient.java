package dev.lockstep.testkit.guide;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.lockstep.api.InvocationException;
import dev.lockstep.api.Invoker;
import dev.lockstep.api.ReplyComparator;
import dev.lockstep.api.ReplyExtractor;
import dev.lockstep.client.ServiceProxy;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;

/** What clients of the auction may look like. */
final class AuctionClient {
  private final Invoker invoker;

  AuctionClient(Invoker invoker) {
    this.invoker = invoker;
  }

  /** Bids, and says what is known if there is no reply. */
  String bid(long amount) {
    try {
      return "highest: " + new String(invoker.invokeOrdered(command(amount)), UTF_8);
    } catch (InvocationException e) {
      return switch (e.outcome()) {
        case NOT_EXECUTED, BUSY, REFUSED -> "not bid: " + e.getMessage();
        case EXECUTED -> "bid, but the answer is lost";
        case MAY_EXECUTE, MAY_HAVE_EXECUTED -> "unknown, look again: " + e.getMessage();
      };
    }
  }

  private static byte[] command(long amount) {
    return ("bid " + amount).getBytes(UTF_8);
  }

  /** Bids many times without waiting for each reply, and with never more than 100 under way. */
  void bidAll(List<Long> amounts) throws InterruptedException {
    Semaphore room = new Semaphore(100);
    for (long amount : amounts) {
      room.acquire();
      invoker.invokeOrderedAsync(command(amount)).whenComplete((reply, failure) -> room.release());
    }
    room.acquire(100);
  }

  /** Takes replies for the same whatever their case, and returns all of them in one text. */
  static CompletableFuture<byte[]> ask(ServiceProxy proxy, byte[] query) {
    ReplyComparator ignoringCase =
        (one, other) -> new String(one, UTF_8).equalsIgnoreCase(new String(other, UTF_8));
    ReplyExtractor joined =
        replies ->
            String.join(" ", replies.stream().map(reply -> new String(reply, UTF_8)).toList())
                .getBytes(UTF_8);
    return proxy.invokeUnorderedAsync(query, ignoringCase, joined);
  }
}
