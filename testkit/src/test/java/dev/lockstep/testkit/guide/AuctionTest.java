package dev.lockstep.testkit.guide;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.client.ServiceProxy;
import dev.lockstep.testkit.LocalCluster;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class AuctionTest {
  @Test
  void bidsSurviveTheLossOfAReplica() {
    try (LocalCluster<Auction> cluster = LocalCluster.of(4, 1, Auction::new)) {
      ServiceProxy proxy = cluster.client();
      assertThat(proxy.invokeOrdered("bid 120".getBytes(UTF_8))).asString().isEqualTo("120");
      cluster.kill(0);
      assertThat(proxy.invokeOrdered("bid 90".getBytes(UTF_8))).asString().isEqualTo("120");
      cluster.restart(0);
      assertThat(proxy.invokeUnordered("highest".getBytes(UTF_8))).asString().isEqualTo("120");
    }
  }
}
