package dev.lockstep.replica;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.message.ClientId;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.protocol.replica.ReplicaConfig;
import dev.lockstep.replica.ServiceExecutor.Query;
import org.junit.jupiter.api.Test;

class ReadQueueTest {
  private static final ClientId ALICE = new ClientId(0, 1);
  private static final ClientId BOB = new ClientId(0, 2);

  private final ReadQueue queue = new ReadQueue(new ReplicaConfig.Budgets(3, 2000, 3, 2000));

  private static Query read(ClientId client, long sequence, int bytes) {
    return new Query(
        client,
        new Request(
            Request.Kind.UNORDERED, client, 0, sequence, new Bytes(new byte[bytes]), Bytes.EMPTY),
        0);
  }

  @Test
  void servesClientsInTurn() {
    for (int i = 1; i <= 3; i++) {
      assertThat(queue.add(read(ALICE, i, 1))).isTrue();
    }
    assertThat(queue.add(read(BOB, 1, 1))).isTrue();
    assertThat(next()).isEqualTo("c1#1");
    assertThat(next()).isEqualTo("c2#1");
    assertThat(next()).isEqualTo("c1#2");
    assertThat(next()).isEqualTo("c1#3");
    assertThat(queue.isEmpty()).isTrue();
    assertThat(queue.poll()).isNull();
  }

  private String next() {
    Query query = queue.poll();
    return "c" + query.client().low() + "#" + query.request().sequence();
  }

  @Test
  void dropsWhatIsBeyondTheBudgetOfAClient() {
    for (int i = 1; i <= 3; i++) {
      assertThat(queue.add(read(ALICE, i, 1))).isTrue();
    }
    assertThat(queue.add(read(ALICE, 4, 1))).isFalse();
    assertThat(queue.add(read(BOB, 1, 1500))).isTrue();
    assertThat(queue.add(read(BOB, 2, 1500))).isFalse();
    queue.poll();
    assertThat(queue.add(read(ALICE, 4, 1))).isTrue();
    queue.poll();
    assertThat(queue.add(read(BOB, 2, 1500))).isTrue();
  }

  @Test
  void aRefusedFirstReadLeavesNothingBehind() {
    assertThat(queue.add(read(ALICE, 1, 5000))).isFalse();
    assertThat(queue.isEmpty()).isTrue();
  }
}
