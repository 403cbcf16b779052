package dev.lockstep.storage;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;

/**
 * Tells whether the machine was booted since a file was written: if it was not, what a killed
 * process had written is still in the page cache, synced or not (RULES 27).
 *
 * <p>On Linux this is the kernel's own boot id. Elsewhere there is no reliable one, so each process
 * takes a new one, and in the modes that do not sync every kill counts as a crash of the machine:
 * the replica comes back as a learner. That is safe, only slower.
 */
final class BootId {
  private static final Path LINUX = Path.of("/proc/sys/kernel/random/boot_id");

  private BootId() {}

  static String ofThisMachine() {
    try {
      String id = Files.readString(LINUX).strip();
      if (!id.isEmpty()) {
        return id;
      }
    } catch (IOException e) {
      // No Linux, or a container that hides it: the fallback is documented above.
    }
    return "process-" + UUID.randomUUID();
  }
}
