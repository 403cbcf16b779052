package dev.lockstep.services.counter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.services.DirectInvoker;
import dev.lockstep.services.Hostile;
import dev.lockstep.services.ServiceException;
import dev.lockstep.services.command.ByteWriter;
import dev.lockstep.services.command.Status;
import dev.lockstep.services.kv.KeyValueStore;
import java.util.List;
import org.junit.jupiter.api.Test;

class CounterTest {
  private final CounterService service = new CounterService();
  private final DirectInvoker invoker = new DirectInvoker(service);
  private final Counter counter = new Counter(invoker);

  @Test
  void counts() {
    assertThat(counter.incrementAndGet()).isEqualTo(1);
    assertThat(counter.addAndGet(-3)).isEqualTo(-2);
    assertThat(counter.addAndGetAsync(Long.MAX_VALUE)).isCompletedWithValue(Long.MAX_VALUE - 2);
    assertThat(counter.addAndGet(3)).isEqualTo(Long.MIN_VALUE);
    assertThat(invoker.unordered()).isZero();
    assertThat(counter.get()).isEqualTo(Long.MIN_VALUE);
    assertThat(counter.getAsync()).isCompletedWithValue(Long.MIN_VALUE);
    assertThat(invoker.unordered()).isEqualTo(2);
  }

  @Test
  void commandsKeepTheirBytes() {
    assertThat(service.executeOrdered(new byte[] {0x11, 1, 0, 0, 0, 0, 0, 0, 1, 2}, null))
        .containsExactly(0x11, 0, 0, 0, 0, 0, 0, 0, 1, 2);
    assertThat(service.executeOrdered(new byte[] {0x11, 0}, null))
        .containsExactly(0x11, 0, 0, 0, 0, 0, 0, 0, 1, 2);
  }

  @Test
  void whatIsNoCommandIsRefused() {
    assertThat(statusOf(new byte[] {})).isEqualTo(Status.MALFORMED);
    assertThat(statusOf(new byte[] {0x12, 0})).isEqualTo(Status.UNKNOWN_FORMAT);
    assertThat(statusOf(new byte[] {0x11, 2})).isEqualTo(Status.UNKNOWN_OPERATION);
    assertThat(statusOf(new byte[] {0x11, 0, 0})).isEqualTo(Status.MALFORMED);
    assertThat(statusOf(new byte[] {0x11, 1, 0})).isEqualTo(Status.MALFORMED);
    byte[] add = new ByteWriter().u8(0x11).u8(1).i64(5).toByteArray();
    assertThat(Status.values()[invoker.invokeUnordered(add)[1]]).isEqualTo(Status.ORDERED_ONLY);
    assertThat(counter.get()).isZero();
  }

  private Status statusOf(byte[] command) {
    return Status.values()[invoker.invokeOrdered(command)[1]];
  }

  @Test
  void aClientOfAnotherServiceIsToldSo() {
    KeyValueStore store = new KeyValueStore(invoker);
    assertThatThrownBy(() -> store.get(new byte[] {7}))
        .isInstanceOf(ServiceException.class)
        .hasMessageContaining("another service");
    assertThatThrownBy(() -> store.delete(new byte[] {7})).isInstanceOf(ServiceException.class);
    assertThat(store.getAsync(new byte[] {7})).isCompletedExceptionally();
  }

  @Test
  void snapshots() throws Exception {
    counter.addAndGet(42);
    var snapshot = service.snapshot();
    counter.incrementAndGet();
    var out = new java.io.ByteArrayOutputStream();
    snapshot.writeTo(out);
    CounterService restored = DirectInvoker.restoredInto(new CounterService(), out.toByteArray());
    assertThat(new Counter(new DirectInvoker(restored)).get()).isEqualTo(42);
    Hostile.corrupt(new CounterService(), out.toByteArray(), 1);
  }

  @Test
  void withstandsHostileCommands() {
    Hostile.bombard(
        service,
        List.of(new byte[] {0x11, 0}, new ByteWriter().u8(0x11).u8(1).i64(5).toByteArray()),
        2);
  }
}
