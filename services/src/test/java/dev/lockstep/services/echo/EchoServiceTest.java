package dev.lockstep.services.echo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.services.DirectInvoker;
import dev.lockstep.services.Hostile;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EchoServiceTest {
  private final EchoService service = new EchoService();
  private final DirectInvoker invoker = new DirectInvoker(service);

  @ParameterizedTest
  @CsvSource({"0, 0", "3, 0", "4, 4", "100, 100", "4, 1048576", "4096, 0", "1024, 1024"})
  void answersAsManyBytesAsAskedFor(int requestBytes, int replyBytes) {
    byte[] request = EchoService.request(requestBytes, replyBytes);
    assertThat(request).hasSize(requestBytes);
    assertThat(invoker.invokeOrdered(request)).hasSize(replyBytes);
    assertThat(invoker.invokeUnordered(request)).hasSize(replyBytes);
    assertThat(service.executed()).isEqualTo(1);
  }

  @Test
  void isNotMadeToAnswerMoreThanTheBound() {
    assertThat(invoker.invokeOrdered(new byte[] {0x7f, -1, -1, -1})).isEmpty();
    assertThat(invoker.invokeOrdered(new byte[] {0, 0x10, 0, 1})).isEmpty();
    assertThat(invoker.invokeOrdered(new byte[] {-1, -1, -1, -1})).isEmpty();
  }

  @Test
  void refusesToMakeRequestsThatMeanSomethingElse() {
    assertThatThrownBy(() -> EchoService.request(3, 1)).hasMessageContaining("at least 4 bytes");
    assertThatThrownBy(() -> EchoService.request(8, -1)).hasMessageContaining("not -1");
    assertThatThrownBy(() -> EchoService.request(8, (1 << 20) + 1)).hasMessageContaining("1048576");
  }

  @Test
  void snapshots() throws Exception {
    Arrays.asList(1, 2, 3).forEach(i -> invoker.invokeOrdered(new byte[i]));
    byte[] snapshot = DirectInvoker.snapshotOf(service);
    assertThat(DirectInvoker.restoredInto(new EchoService(), snapshot).executed()).isEqualTo(3);
    Hostile.corrupt(new EchoService(), snapshot, 1);
  }
}
