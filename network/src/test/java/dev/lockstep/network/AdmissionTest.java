package dev.lockstep.network;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.UnknownHostException;
import org.junit.jupiter.api.Test;

class AdmissionTest {
  private static InetAddress address(int last) {
    try {
      return InetAddress.getByAddress(new byte[] {10, 0, 0, (byte) last});
    } catch (UnknownHostException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void theOldestSilentOneOfTheSameAddressGoesFirst() {
    Admission<String> admission = new Admission<>(100, 3);
    assertThat(admission.enter(address(1), "a")).isNull();
    assertThat(admission.enter(address(1), "b")).isNull();
    assertThat(admission.enter(address(1), "c")).isNull();
    assertThat(admission.enter(address(2), "other")).isNull();
    admission.talks(address(1), "a");
    assertThat(admission.enter(address(1), "d")).isEqualTo("b");
    assertThat(admission.enter(address(1), "e")).isEqualTo("c");
    assertThat(admission.enter(address(1), "f")).isEqualTo("d");
    assertThat(admission.total()).isEqualTo(4);
  }

  @Test
  void whoTalksGoesWhenAllTalk() {
    Admission<String> admission = new Admission<>(100, 2);
    admission.enter(address(1), "a");
    admission.enter(address(1), "b");
    admission.talks(address(1), "b");
    admission.talks(address(1), "a");
    assertThat(admission.enter(address(1), "c")).isEqualTo("b");
  }

  @Test
  void theCrowdedAddressPaysForTheTotal() {
    Admission<String> admission = new Admission<>(4, 4);
    admission.enter(address(1), "correct");
    for (String name : new String[] {"a", "b", "c"}) {
      assertThat(admission.enter(address(2), name)).isNull();
    }
    assertThat(admission.enter(address(2), "d")).isEqualTo("a");
    assertThat(admission.enter(address(3), "new")).isEqualTo("b");
    assertThat(admission.total()).isEqualTo(4);
  }

  @Test
  void whoLeavesMakesRoom() {
    Admission<String> admission = new Admission<>(1, 1);
    admission.enter(address(1), "a");
    admission.leave(address(1), "a");
    admission.leave(address(1), "a");
    assertThat(admission.total()).isZero();
    assertThat(admission.enter(address(2), "b")).isNull();
    assertThat(admission.enter(address(2), "c")).isEqualTo("b");
  }
}
