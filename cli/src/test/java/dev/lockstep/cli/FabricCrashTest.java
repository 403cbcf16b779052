package dev.lockstep.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.lockstep.fabric.ledger.LedgerReader;
import dev.lockstep.fabric.load.Envelopes;
import dev.lockstep.fabric.msp.MspFolder;
import dev.lockstep.fabric.verify.ChainVerifier;
import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.StreamObserver;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.hyperledger.fabric.protos.common.Block;
import org.hyperledger.fabric.protos.common.Envelope;
import org.hyperledger.fabric.protos.common.Status;
import org.hyperledger.fabric.protos.orderer.AtomicBroadcastGrpc;
import org.hyperledger.fabric.protos.orderer.BroadcastResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * An ordering service of processes under load, whose parts are killed: a follower, the leader, a
 * frontend, everything at once. Nothing that was answered SUCCESS is lost or there twice.
 */
@Tag("slow")
@Timeout(value = 15, unit = TimeUnit.MINUTES)
class FabricCrashTest {
  private static final Path DATA =
      Path.of("../apps/fabric/src/test/resources/fabric").toAbsolutePath().normalize();
  private static final String CHANNEL = "raftsig10";
  private static final int MORE = 100;

  @TempDir Path temp;
  private Path folder;
  private final List<Client> clients = new ArrayList<>();

  @AfterEach
  void end() {
    clients.forEach(Client::end);
    if (folder != null && Files.exists(folder)) {
      run("fabric", "down", folder.toString());
    }
  }

  private static String run(String... words) {
    StringWriter out = new StringWriter();
    int code =
        Main.commandLine()
            .setOut(new PrintWriter(out))
            .setErr(new PrintWriter(out))
            .execute(words);
    assertThat(code).as(String.join(" ", words) + "\n" + out).isZero();
    return out.toString();
  }

  private void up() {
    run("fabric", "up", folder.toString(), "--timeout", "300");
  }

  private static void until(String what, Callable<Boolean> condition) throws Exception {
    long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(4);
    while (!condition.call()) {
      if (System.nanoTime() - deadline > 0) {
        throw new AssertionError("after four minutes it is not so that " + what);
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
    }
  }

  private ProcessHandle process(String name) throws Exception {
    String pid = Files.readString(folder.resolve(name).resolve("process.pid")).split(" ")[0];
    return ProcessHandle.of(Long.parseLong(pid)).orElseThrow();
  }

  private void kill(String... names) throws Exception {
    List<ProcessHandle> victims = new ArrayList<>();
    for (String name : names) {
      victims.add(process(name));
    }
    victims.forEach(ProcessHandle::destroyForcibly);
    for (ProcessHandle victim : victims) {
      victim.onExit().get(1, TimeUnit.MINUTES);
    }
  }

  /** One who broadcasts, and connects again when that ends. */
  private final class Client {
    private final int port;
    private final Envelopes make;
    private final Set<Long> answered = ConcurrentHashMap.newKeySet();
    private final AtomicLong numbers;
    private final Thread thread = new Thread(this::work);
    private volatile boolean over;

    Client(int port, long from) throws Exception {
      this.port = port;
      numbers = new AtomicLong(from);
      make =
          new Envelopes(
              MspFolder.signer(
                  DATA.resolve(
                      "crypto/peerOrganizations/org1.example.com/users/User1@org1.example.com/msp"),
                  "Org1MSP"),
              CHANNEL);
      thread.start();
    }

    private void work() {
      while (!over) {
        try {
          session();
        } catch (InterruptedException e) {
          return;
        } catch (Exception e) {
          LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(100));
        }
      }
    }

    private void session() throws Exception {
      ManagedChannel connection =
          NettyChannelBuilder.forAddress("localhost", port)
              .sslContext(
                  GrpcSslContexts.forClient()
                      .trustManager(
                          DATA.resolve(
                                  "crypto/ordererOrganizations/ord.example.com/orderers/"
                                      + "orderer1.ord.example.com/tls/ca.crt")
                              .toFile())
                      .build())
              .build();
      ArrayDeque<Long> unanswered = new ArrayDeque<>();
      Semaphore room = new Semaphore(20);
      boolean[] ended = new boolean[1];
      try {
        StreamObserver<Envelope> requests =
            AtomicBroadcastGrpc.newStub(connection)
                .broadcast(
                    new StreamObserver<BroadcastResponse>() {
                      @Override
                      public void onNext(BroadcastResponse response) {
                        synchronized (unanswered) {
                          long number = unanswered.remove();
                          if (response.getStatus() == Status.SUCCESS) {
                            answered.add(number);
                          }
                        }
                        room.release();
                      }

                      @Override
                      public void onError(Throwable t) {
                        ended[0] = true;
                        room.release(1000);
                      }

                      @Override
                      public void onCompleted() {
                        ended[0] = true;
                        room.release(1000);
                      }
                    });
        while (!over && !ended[0]) {
          room.acquire();
          long number = numbers.incrementAndGet();
          Envelope envelope = make.message(number, 100);
          synchronized (unanswered) {
            unanswered.add(number);
          }
          requests.onNext(envelope);
        }
      } finally {
        connection.shutdownNow();
      }
    }

    void end() {
      over = true;
      thread.interrupt();
    }
  }

  private long answered() {
    return clients.stream().mapToLong(client -> client.answered.size()).sum();
  }

  private void goesOn(String after) throws Exception {
    long before = answered();
    until("the chain goes on after " + after, () -> answered() > before + MORE);
  }

  private List<Block> chain(String frontend) throws Exception {
    List<Block> blocks = new ArrayList<>();
    LedgerReader.read(
        folder.resolve(frontend).resolve("blocks").resolve(CHANNEL),
        block -> blocks.add(Block.parseFrom(block.bytes())));
    return blocks;
  }

  @Test
  void whatWasAnsweredSurvivesEverything() throws Exception {
    folder = temp.resolve("orderer");
    List<String> orderers = new ArrayList<>();
    for (int i = 1; i <= 4; i++) {
      orderers.add(
          DATA.resolve(
                  "crypto/ordererOrganizations/ord.example.com/orderers/orderer"
                      + i
                      + ".ord.example.com")
              .toString());
    }
    int port = 21000 + (int) (ProcessHandle.current().pid() % 300) * 40;
    run(
        "fabric",
        "init",
        folder.toString(),
        "--genesis",
        DATA.resolve("genesis/" + CHANNEL + ".block").toString(),
        "--orderer",
        String.join(",", orderers),
        "--base-port",
        String.valueOf(port),
        "--durability",
        "memory",
        "--separate-frontends");
    // Two frontends are enough.
    for (int i = 2; i < 4; i++) {
      Files.delete(folder.resolve("frontend-" + i).resolve("frontend.yaml"));
    }
    up();
    clients.add(new Client(port + 4, 0));
    clients.add(new Client(port + 14, 1_000_000_000L));
    goesOn("the start");

    kill("replica-3");
    goesOn("the end of a follower");
    up();
    kill("replica-0");
    goesOn("the end of the leader");
    up();
    kill("frontend-0");
    goesOn("the end of a frontend");
    up();
    goesOn("its return");
    kill("replica-0", "replica-1", "replica-2", "replica-3", "frontend-0", "frontend-1");
    up();
    goesOn("the end of everything");

    // A frontend may start with nothing at any time.
    kill("frontend-1");
    try (Stream<Path> files = Files.walk(folder.resolve("frontend-1/blocks"))) {
      for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
    up();
    goesOn("the return of a frontend without blocks");

    clients.forEach(Client::end);
    for (Client client : clients) {
      client.thread.join();
    }
    check();
  }

  private void check() throws Exception {
    until("all that was answered is in both chains", () -> missing("frontend-0") == 0 && missing("frontend-1") == 0);
    until("both chains are as long", () -> chain("frontend-0").size() == chain("frontend-1").size());
    List<Block> one = chain("frontend-0");
    List<Block> other = chain("frontend-1");
    assertThat(one.stream().map(FabricCrashTest::ordered).toList())
        .isEqualTo(other.stream().map(FabricCrashTest::ordered).toList());
    ChainVerifier verifier = new ChainVerifier(one.get(0));
    for (Block block : one.subList(1, one.size())) {
      assertThat(verifier.append(block)).isEmpty();
    }
    assertThat(count(one).values()).as("nothing is there twice").allMatch(times -> times == 1);
    System.out.printf(
        "[measured] %d blocks, %d envelopes answered SUCCESS, %d in the chain%n",
        one.size(), answered(), count(one).size());
  }

  /** What must be the same everywhere; which signatures a frontend got first may differ. */
  private static Block ordered(Block block) {
    return block.toBuilder().clearMetadata().build();
  }

  private static Map<Long, Integer> count(List<Block> chain) {
    Map<Long, Integer> count = new HashMap<>();
    for (Block block : chain.subList(1, chain.size())) {
      for (ByteString envelope : block.getData().getDataList()) {
        count.merge(Envelopes.number(envelope), 1, Integer::sum);
      }
    }
    return count;
  }

  private long missing(String frontend) throws Exception {
    Set<Long> there = count(chain(frontend)).keySet();
    return clients.stream()
        .flatMap(client -> client.answered.stream())
        .filter(number -> !there.contains(number))
        .count();
  }
}
