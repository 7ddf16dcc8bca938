package org.openmoshi.models.checkpoint;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Runs a pickle (Python's {@code pickletools} documents the opcodes), restricted: it makes strings, numbers, booleans,
 * None, lists, tuples and dictionaries, and leaves everything that has a name in Python to {@link Objects}, which knows
 * what is allowed. Lists and tuples become {@link List}, dictionaries {@link Map} with String or Long keys, integers
 * Long, floats Double, None {@link #NONE}.
 *
 * <p>The machine has no recursion and never compares, hashes or prints a container, so that neither deep nesting nor
 * values that contain themselves many times cost more than their bytes.
 */
final class PickleReader {
    /** Python's None. */
    static final Object NONE = new Object();

    private static final int MAX_OBJECTS = 1_000_000;
    private static final int HIGHEST_PROTOCOL = 5;

    private final ByteBuffer in;
    private final Objects objects;
    private final Map<Long, Object> memo = new HashMap<>();
    private List<Object> stack = new ArrayList<>();
    private final List<List<Object>> marked = new ArrayList<>();
    private int made;

    /** What the names of a pickle stand for; each method refuses what is not allowed. */
    interface Objects {
        /** A name of a Python module. */
        Object global(String module, String name) throws PickleException;

        /** A call of what {@link #global} returned. */
        Object call(Object callable, List<?> arguments) throws PickleException;

        /** An object that is stored beside the pickle. */
        Object persistent(Object id) throws PickleException;

        /** Whether attributes that are set on an object may be dropped. */
        boolean dropsAttributes(Object target);
    }

    private PickleReader(ByteBuffer in, Objects objects) {
        this.in = in.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        this.objects = objects;
    }

    /**
     * The object that a pickle describes.
     *
     * @throws PickleException when it is damaged or asks for anything that is not allowed
     */
    static Object read(ByteBuffer pickle, Objects objects) throws PickleException {
        return new PickleReader(pickle, objects).run();
    }

    private Object run() throws PickleException {
        while (true) {
            int at = in.position();
            int opcode = unsignedByte();
            switch (opcode) {
                case 0x80 -> protocol();
                case 0x95 -> take(8); // FRAME: the length of what follows, which is read anyway
                case '.' -> {
                    if (stack.size() != 1 || !marked.isEmpty()) {
                        throw new PickleException("it ends with " + stack.size() + " objects instead of one");
                    }
                    return stack.getFirst();
                }
                case 'N' -> push(NONE);
                case 0x88 -> push(true);
                case 0x89 -> push(false);
                case 'J' -> push((long) take(4).getInt());
                case 'K' -> push((long) unsignedByte());
                case 'M' -> push((long) Short.toUnsignedInt(take(2).getShort()));
                case 0x8a -> push(littleEndian(unsignedByte()));
                case 'G' -> push(take(8).order(ByteOrder.BIG_ENDIAN).getDouble());
                case 'X' -> push(text(length()));
                case 0x8c -> push(text(unsignedByte()));
                case ']' -> push(new ArrayList<>());
                case '}' -> push(new LinkedHashMap<>());
                case ')' -> push(List.of());
                case 0x85 -> push(tuple(popped(1)));
                case 0x86 -> push(tuple(popped(2)));
                case 0x87 -> push(tuple(popped(3)));
                case '(' -> mark();
                case 't' -> push(tuple(toMark()));
                case 'a' -> append(popped(1));
                case 'e' -> append(toMark());
                case 's' -> put(popped(2));
                case 'u' -> put(toMark());
                case 'q' -> remember(unsignedByte());
                case 'r' -> remember(Integer.toUnsignedLong(take(4).getInt()));
                case 0x94 -> remember(memo.size());
                case 'h' -> push(remembered(unsignedByte()));
                case 'j' -> push(remembered(Integer.toUnsignedLong(take(4).getInt())));
                case 'c' -> push(objects.global(line(), line()));
                case 0x93 -> {
                    List<Object> names = popped(2);
                    if (!(names.get(0) instanceof String module) || !(names.get(1) instanceof String name)) {
                        throw new PickleException("a global's name is not text");
                    }
                    push(objects.global(module, name));
                }
                case 'R' -> {
                    List<Object> call = popped(2);
                    push(objects.call(call.get(0), list(call.get(1))));
                }
                case 'Q' -> push(objects.persistent(popped(1).getFirst()));
                case 'b' -> {
                    popped(1);
                    if (!objects.dropsAttributes(top())) {
                        throw new PickleException("it sets attributes of something that is no state dict");
                    }
                }
                default -> throw new PickleException("opcode 0x%02x at byte %d is not allowed".formatted(opcode, at));
            }
        }
    }

    private void protocol() throws PickleException {
        int version = unsignedByte();
        if (version > HIGHEST_PROTOCOL) {
            throw new PickleException("its protocol " + version + " is unknown");
        }
    }

    // ---- the stack ------------------------------------------------------------------------------------------------

    private void push(Object value) throws PickleException {
        count();
        stack.add(value);
    }

    private void count() throws PickleException {
        if (++made > MAX_OBJECTS) {
            throw new PickleException("it makes more than " + MAX_OBJECTS + " objects");
        }
    }

    private Object top() throws PickleException {
        if (stack.isEmpty()) {
            throw new PickleException("it takes from an empty stack");
        }
        return stack.getLast();
    }

    /** Removes the upper {@code count} objects, the lowest of them first. */
    private List<Object> popped(int count) throws PickleException {
        if (stack.size() < count) {
            throw new PickleException("it takes from an empty stack");
        }
        List<Object> upper = stack.subList(stack.size() - count, stack.size());
        List<Object> taken = new ArrayList<>(upper);
        upper.clear();
        return taken;
    }

    private void mark() throws PickleException {
        count();
        marked.add(stack);
        stack = new ArrayList<>();
    }

    /** All above the last mark. */
    private List<Object> toMark() throws PickleException {
        if (marked.isEmpty()) {
            throw new PickleException("it goes back to a mark that is not there");
        }
        List<Object> above = stack;
        stack = marked.removeLast();
        return above;
    }

    private void remember(long index) throws PickleException {
        count();
        memo.put(index, top());
    }

    private Object remembered(long index) throws PickleException {
        Object value = memo.get(index);
        if (value == null) {
            throw new PickleException("it recalls object " + index + ", which it did not store");
        }
        return value;
    }

    // ---- containers -----------------------------------------------------------------------------------------------

    /** A list that cannot change; its elements may be lists that do. */
    private static List<Object> tuple(List<Object> elements) {
        return List.copyOf(elements);
    }

    @SuppressWarnings("unchecked") // made here, as a list of objects
    private static List<Object> list(Object value) throws PickleException {
        if (!(value instanceof List<?>)) {
            throw new PickleException("it uses something as a list that is none");
        }
        return (List<Object>) value;
    }

    private void append(List<Object> elements) throws PickleException {
        if (!(top() instanceof ArrayList<?>)) {
            throw new PickleException("it appends to something that is no list");
        }
        list(top()).addAll(elements);
    }

    @SuppressWarnings("unchecked") // made here or by Objects, as a map of objects
    private void put(List<Object> pairs) throws PickleException {
        if (!(top() instanceof LinkedHashMap<?, ?>) || pairs.size() % 2 != 0) {
            throw new PickleException("it sets items of something that is no dictionary");
        }
        Map<Object, Object> map = (Map<Object, Object>) top();
        for (int i = 0; i < pairs.size(); i += 2) {
            Object key = pairs.get(i);
            if (!(key instanceof String || key instanceof Long)) {
                throw new PickleException("a key of a dictionary is neither text nor a whole number");
            }
            if (map.put(key, pairs.get(i + 1)) != null) {
                throw new PickleException("key '" + key + "' stands twice in a dictionary");
            }
        }
    }

    // ---- bytes ----------------------------------------------------------------------------------------------------

    private ByteBuffer take(int count) throws PickleException {
        if (count > in.remaining()) {
            throw new PickleException("it ends in the middle of a value");
        }
        ByteBuffer part = in.slice(in.position(), count).order(ByteOrder.LITTLE_ENDIAN);
        in.position(in.position() + count);
        return part;
    }

    private int unsignedByte() throws PickleException {
        return Byte.toUnsignedInt(take(1).get());
    }

    private int length() throws PickleException {
        int length = take(4).getInt();
        if (length < 0) {
            throw new PickleException("a text would have " + Integer.toUnsignedString(length) + " bytes");
        }
        return length;
    }

    private String text(int length) throws PickleException {
        return decode(take(length));
    }

    private static String decode(ByteBuffer bytes) throws PickleException {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
        } catch (CharacterCodingException e) {
            throw new PickleException("a text is not UTF-8");
        }
    }

    /** Text up to a line feed, which is dropped. */
    private String line() throws PickleException {
        for (int end = in.position(); end < in.limit(); end++) {
            if (in.get(end) == '\n') {
                String line = text(end - in.position());
                take(1);
                return line;
            }
        }
        throw new PickleException("it ends in the middle of a name");
    }

    /** A signed number of up to eight bytes. */
    private long littleEndian(int count) throws PickleException {
        if (count > Long.BYTES) {
            throw new PickleException("a whole number has " + count + " bytes, at most 8 are possible");
        }
        ByteBuffer bytes = take(count);
        long value = 0;
        for (int i = 0; i < count; i++) {
            value |= Byte.toUnsignedLong(bytes.get(i)) << 8 * i;
        }
        int unused = Long.SIZE - 8 * count;
        return count == 0 ? 0 : value << unused >> unused;
    }

    /** For messages: what kind of value it is, without looking into it. */
    static String kind(@Nullable Object value) {
        return switch (value) {
            case null -> "nothing";
            case String _ -> "text";
            case Long _ -> "a whole number";
            case Double _ -> "a number";
            case Boolean _ -> "true or false";
            case List<?> _ -> "a list";
            case Map<?, ?> _ -> "a dictionary";
            case TorchTensor _ -> "a tensor";
            default -> "something else";
        };
    }
}
