package dev.lockstep.sql.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.sql.client.SqlVariant;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class SharedClientsTest {
  private final List<PlainClient> opened = new ArrayList<>();
  private final CountDownLatch closed = new CountDownLatch(1);

  private SharedClients clients(long lingerMillis) {
    return new SharedClients(
        (folder, variant) -> {
          PlainClient client = new PlainClient("shared" + opened.size());
          opened.add(client);
          return new ForwardingClient(client, closed::countDown);
        },
        lingerMillis);
  }

  @Test
  void connectionsOfOneFolderShareAClient() throws Exception {
    SharedClients clients = clients(60_000);
    SharedClients.Lease one = clients.lease(Path.of("/a"), SqlVariant.OPTIMISED);
    SharedClients.Lease two = clients.lease(Path.of("/b/../a"), SqlVariant.OPTIMISED);
    SharedClients.Lease other = clients.lease(Path.of("/b"), SqlVariant.OPTIMISED);
    assertThat(one.client()).isSameAs(two.client()).isNotSameAs(other.client());
    assertThat(clients.lease(Path.of("/a"), SqlVariant.STANDARD).client())
        .isNotSameAs(one.client());
  }

  @Test
  void aClientOutlivesItsLastConnectionForAWhile() throws Exception {
    SharedClients clients = clients(60_000);
    SharedClients.Lease one = clients.lease(Path.of("/a"), SqlVariant.OPTIMISED);
    one.release();
    assertThat(clients.lease(Path.of("/a"), SqlVariant.OPTIMISED).client()).isSameAs(one.client());
    assertThat(opened).hasSize(1);
  }

  @Test
  void thenItIsClosed() throws Exception {
    SharedClients clients = clients(1);
    SharedClients.Lease one = clients.lease(Path.of("/a"), SqlVariant.OPTIMISED);
    SharedClients.Lease two = clients.lease(Path.of("/a"), SqlVariant.OPTIMISED);
    one.release();
    one.release();
    assertThat(opened.get(0).closed).as("two is still there").isFalse();
    two.release();
    assertThat(closed.await(10, TimeUnit.SECONDS)).isTrue();
    assertThat(clients.lease(Path.of("/a"), SqlVariant.OPTIMISED).client())
        .isNotSameAs(one.client());
  }
}
