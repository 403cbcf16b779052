package dev.lockstep.services;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import dev.lockstep.api.Service;
import dev.lockstep.services.command.CommandService;
import dev.lockstep.services.command.Status;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** What any command service must withstand. */
public final class Hostile {
  /** What a command may allocate beside a small multiple of its size and of its reply's. */
  private static final long ALLOCATION_MAX = 64 << 10;

  private Hostile() {}

  /**
   * Executes cut, extended, mutated and random commands: none may throw, one that is refused must
   * not change the state, and an unordered one must not in any case.
   *
   * @param valid commands that the service understands
   */
  public static void bombard(Service service, List<byte[]> valid, long seed) {
    Random random = new Random(seed);
    DirectInvoker invoker = new DirectInvoker(service);
    byte[] state = DirectInvoker.snapshotOf(service);
    int refused = 0;
    for (int i = 0; i < 4000; i++) {
      byte[] command = hostile(valid.get(random.nextInt(valid.size())), random);
      invoker.invokeUnordered(command);
      assertThat(DirectInvoker.snapshotOf(service)).isEqualTo(state);
      long before = allocated();
      byte[] reply = invoker.invokeOrdered(command);
      long allocated = allocated() - before;
      assertThat(allocated).isLessThan(ALLOCATION_MAX + 32L * command.length + 8L * reply.length);
      assertThat(reply.length).isLessThanOrEqualTo(CommandService.REPLY_BYTES_MAX);
      assertThat(reply[0]).isEqualTo(valid.get(0)[0]);
      byte[] after = DirectInvoker.snapshotOf(service);
      if (reply[1] != Status.OK.ordinal()) {
        refused++;
        assertThat(after).isEqualTo(state);
      }
      state = after;
    }
    assertThat(refused).as("commands refused").isBetween(1000, 3999);
  }

  private static byte[] hostile(byte[] valid, Random random) {
    byte[] command = valid.clone();
    switch (random.nextInt(5)) {
      case 0 -> command = Arrays.copyOf(command, random.nextInt(command.length + 1));
      case 1 -> command = Arrays.copyOf(command, command.length + 1 + random.nextInt(8));
      case 2 -> command[random.nextInt(command.length)] = (byte) random.nextInt();
      case 3 -> {
        // A length or count that claims as much as it can.
        int at = random.nextInt(command.length);
        for (int i = at; i < Math.min(at + 4, command.length); i++) {
          command[i] = (byte) (i == at ? 0x7f : 0xff);
        }
      }
      default -> {
        command = new byte[random.nextInt(40)];
        random.nextBytes(command);
      }
    }
    return command;
  }

  private static long allocated() {
    return ((ThreadMXBean) ManagementFactory.getThreadMXBean()).getCurrentThreadAllocatedBytes();
  }

  /** Restores cut and mutated snapshots: each is restored or refused, with an IOException. */
  public static void corrupt(Service service, byte[] snapshot, long seed) throws IOException {
    Random random = new Random(seed);
    for (int i = 0; i < Math.min(400, snapshot.length); i++) {
      byte[] cut = Arrays.copyOf(snapshot, random.nextInt(snapshot.length));
      assertThatThrownBy(() -> service.restore(new ByteArrayInputStream(cut)))
          .isInstanceOf(IOException.class);
      byte[] mutated = snapshot.clone();
      mutated[random.nextInt(mutated.length)] ^= (byte) (1 + random.nextInt(255));
      try {
        service.restore(new ByteArrayInputStream(mutated));
      } catch (IOException e) {
        assertThat(e).hasMessageNotContaining("null");
      }
    }
    assertThatThrownBy(
            () ->
                service.restore(
                    new ByteArrayInputStream(Arrays.copyOf(snapshot, snapshot.length + 1))))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("more follows");
  }
}
