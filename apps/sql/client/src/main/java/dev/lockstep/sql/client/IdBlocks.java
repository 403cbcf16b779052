package dev.lockstep.sql.client;

import dev.lockstep.sql.message.DrawnId;
import dev.lockstep.sql.message.SqlCommand;
import dev.lockstep.sql.message.SqlReply;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Values of sequences and identity columns that were reserved for this client. It reserves more at
 * a time the more it draws, up to a limit; what it does not use leaves gaps.
 */
final class IdBlocks {
  private static final class Block {
    private long next;
    private long increment;
    private int left;
    private int size;
  }

  private final Group group;
  private final int sizeMax;
  private final Map<String, Block> blocks = new HashMap<>();

  IdBlocks(Group group, int sizeMax) {
    this.group = group;
    this.sizeMax = sizeMax;
  }

  /** One value for each source. */
  synchronized List<DrawnId> take(List<String> sources, long deadline) throws SQLException {
    List<DrawnId> values = new ArrayList<>();
    for (String source : sources) {
      Block block = blocks.computeIfAbsent(source, name -> new Block());
      if (block.left == 0) {
        block.size = block.size == 0 ? 1 : Math.min(sizeMax, block.size * 2);
        SqlReply reply = group.call(new SqlCommand.Reserve(source, block.size), deadline);
        if (!(reply instanceof SqlReply.Reserved reserved)) {
          throw Group.unexpected(reply);
        }
        block.next = reserved.first();
        block.increment = reserved.increment();
        block.left = block.size;
      }
      values.add(new DrawnId(source, block.next));
      block.next += block.increment;
      block.left--;
    }
    return values;
  }

  /** Definitions may have changed sequences. */
  synchronized void forget() {
    blocks.clear();
  }
}
