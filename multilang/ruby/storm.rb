# frozen_string_literal: true

# Spouts and bolts in Ruby, by Storm's multilang protocol. They run under Typhoon and under Apache Storm.
#
# - The modern face: `Storm.bolt`, `Storm.spout`, `BasicBolt`, `BatchingBolt`, `ReliableSpout`. Anchors, acks and fails by itself.
# - The classic face: `Bolt`, `Spout` and `Protocol`, with the names of Storm's own storm.rb.
#
# The promises: messages leave whole and in the order of the calls, at the latest before the next one is waited for. A tuple is acked or
# failed at most once. An exception fails the tuple that it happened with, and the component goes on. What the component
# prints becomes log messages. When the other side is gone, the process ends quietly. Ruby 2.7 or later, no gems.
# Without a topology: `ruby component.rb --hand`, or `Storm.trial` in a test.

require 'json'
require 'logger'
require 'stringio'

module Storm
  SEPARATOR = "\nend\n"
  # Stands between two frames while they are read: a number that no message has.
  MARK = rand(2**60..2**61)
  MARKED = ",#{MARK},"
  # Output is written when it has grown to this, or before the next message is waited for.
  FLUSH_BYTES = 32_768
  CHUNK_BYTES = 65_536
  SYSTEM_TASK = -1
  LEVELS = { trace: 0, debug: 1, info: 2, warn: 3, error: 4 }.freeze
  # What a component may raise and live on.
  RAISED = [StandardError, ScriptError, SystemStackError].freeze

  class << self
    # Source => stream => names of the fields.
    attr_accessor :fields
    # Own stream => names of its fields; nil where the other side does not tell them.
    attr_accessor :outputs
    # The other side knows Typhoon's extensions.
    attr_accessor :typhoon
    attr_writer :port

    # A bolt of a block, which runs as a method of a BasicBolt.
    def bolt(&block)
      BlockBolt.new(block)
    end

    # A ReliableSpout of a block `|out, conf, context|`: see ReliableSpout#tuples.
    def spout(&block)
      BlockSpout.new(block)
    end

    # A Logger whose messages are the topology's.
    def logger
      @logger ||= Log.new
    end

    # How to speak with the other side. The first call takes over standard input and output.
    def port
      @port ||= by_hand? ? TypedPort.new : PipePort.new
    end

    def by_hand?
      ARGV.include?('--hand') || $stdin.tty?
    end

    # Runs a component in this process, for tests, and returns the messages that it sent. Inputs are arrays of values (`fields` names
    # them), or 'tick' for a bolt; for a spout 'next', 'ack' and 'fail' (of what was emitted last), or 'fail ID'. When they are
    # through, a bolt is told the end of its input. Ids of tuples are '1', '2' … Raises where the component cannot be prepared.
    def trial(component, inputs, fields: [], conf: {})
      before = [@port, @fields, @typhoon, Protocol.mode]
      sent = []
      @port = PlayedPort.new(inputs.each, fields, conf) { |message| sent << message }
      component.run
    rescue SystemExit => e
      e.success? ? sent : raise(sent.last ? sent.last['msg'] : 'the component ended')
    ensure
      @port, @fields, @typhoon, Protocol.mode = before
    end
  end
  self.fields = {}

  # -------------------------------------------------------------------------------------------- tuple and context

  # A tuple that came to a bolt.
  class Tuple
    attr_accessor :id, :component, :stream, :task, :values, :settled
    attr_reader :names

    def initialize(id, component, stream, task, values, names = nil)
      @id = id
      @component = component
      @stream = stream
      @task = task
      @values = values
      @names = names || []
      @settled = false
    end

    def self.from_hash(hash)
      component = hash['comp']
      stream = hash['stream']
      new(hash['id'], component, stream, hash['task'], hash['tuple'], Storm.fields[component]&.[](stream))
    end

    # The value at an index, or of a field. Raises KeyError where the stream has no such field.
    def [](key)
      return @values[key] if key.is_a?(Integer)

      index = @names.index(key.to_s)
      return @values[index] if index

      known = @names.empty? ? 'no fields that are known' : @names.join(', ')
      raise KeyError, "no field '#{key}': stream '#{@stream}' of '#{@component}' has #{known}"
    end

    # The values by the names of their fields.
    def to_h
      @names.zip(@values).to_h
    end

    def is_heartbeat
      task == SYSTEM_TASK && stream == '__heartbeat'
    end

    def tick?
      task == SYSTEM_TASK && stream == '__tick'
    end

    def end_of_input?
      task == SYSTEM_TASK && stream == '__end_of_input'
    end
  end

  # The context of the handshake as it came, and its most wanted parts by name.
  class Context < Hash
    # Id of the component.
    def component
      self['componentid']
    end

    # Id of the task that this process is.
    def task
      self['taskid']
    end

    # Task => component, for the whole topology.
    def tasks
      self['task->component'] || {}
    end

    # Ids of the components whose streams come here, sorted.
    def sources
      (self['source->stream->grouping'] || {}).keys.sort
    end

    # Names of the fields of an own stream.
    def fields(stream = 'default')
      (self['stream->outputfields'] || {})[stream] || []
    end
  end

  # --------------------------------------------------------------------------------------------------------- ports

  # What has come from the other side and waits; a subclass reads and sends.
  class Port
    def initialize
      @commands = []
      @task_ids = []
      @values = []
    end

    # The next message that is not a list of task ids.
    def next_command
      receive while @commands.empty?
      @commands.shift
    end

    # The next list of task ids; commands that come before it wait.
    def next_task_ids
      receive while @task_ids.empty?
      @task_ids.shift
    end

    # The next answer to a question for values of a state; what else comes before it waits.
    def next_values
      receive while @values.empty?
      @values.shift
    end

    def waiting
      @commands.length
    end

    def emit(values, anchors, id, stream, task, need_task_ids)
      message = { 'command' => 'emit', 'tuple' => values }
      message['anchors'] = anchors if anchors
      message['id'] = id unless id.nil?
      message['stream'] = stream if stream
      message['task'] = task if task
      message['need_task_ids'] = need_task_ids unless need_task_ids.nil?
      send_message(message)
    end

    def ack(id)
      send_message({ 'command' => 'ack', 'id' => id })
    end

    def fail(id)
      send_message({ 'command' => 'fail', 'id' => id })
    end

    def flush; end

    private

    def receive
      flush
      read.each do |message|
        if message.is_a?(Array) then @task_ids << message
        elsif message['values'] && message['state'] then @values << message['values']
        else @commands << message
        end
      end
    end
  end

  # The other side is a parent process, on standard input and output. The hot path: acks and emits are put together by hand.
  class PipePort < Port
    def initialize
      super
      refuse_other_serializers
      @rest = "\n".b # what has come of the next message, after the line feed that ended the last one
      @text = +''
      @lock = Mutex.new
      @reader = Thread.current
      take_over
    end

    def send_message(message)
      put(JSON.generate(message))
    end

    def emit(values, anchors, id, stream, task, need_task_ids)
      return super if id || stream || task || need_task_ids != false || anchors.nil? || anchors.length != 1

      put(%({"command":"emit","anchors":["#{anchors[0]}"],"tuple":#{JSON.generate(values)},"need_task_ids":false}))
    end

    def ack(id)
      put(%({"command":"ack","id":"#{id}"}))
    end

    def fail(id)
      put(%({"command":"fail","id":"#{id}"}))
    end

    def flush
      @lock.synchronize { write }
    end

    private

    # The reader flushes before it waits; other threads cannot know when that is.
    def put(text)
      @lock.synchronize do
        @text << text << SEPARATOR
        write if @text.bytesize >= FLUSH_BYTES || Thread.current != @reader
      end
    end

    def write
      return if @text.empty?

      text = @text
      @text = +''
      @output.write(text)
    rescue Errno::EPIPE, IOError # nobody reads any more
      exit(0)
    end

    def read
      chunk = @input.readpartial(CHUNK_BYTES)
      chunk.delete!("\r") if chunk.include?("\r") # JSON has none but for white space
      from = [@rest.bytesize - SEPARATOR.length, 0].max
      @rest << chunk
      return [] unless @rest.index(SEPARATOR, from)

      last = @rest.rindex(SEPARATOR)
      frames = @rest[0, last]
      @rest = @rest[last + SEPARATOR.length - 1..-1]
      parse(frames)
    rescue EOFError, Errno::ECONNRESET
      exit(0)
    end

    # As one array, which is much faster than message by message; but one that is empty or broken spoils it. Where each mark between two frames
    # stands between two messages, each message is of one frame: two broken ones never make a good one.
    def parse(frames)
      ends = frames.scan(SEPARATOR).length
      values = JSON.parse("[#{frames.gsub(SEPARATOR, MARKED)}]".force_encoding(Encoding::UTF_8), max_nesting: false)
      complete = values.length == 2 * ends + 1
      values.delete(MARK)
      complete && values.length == ends + 1 ? values : parse_each(frames)
    rescue JSON::ParserError
      parse_each(frames)
    end

    def parse_each(frames)
      frames.force_encoding(Encoding::UTF_8).split(/\nend(?=\n|\z)/).flat_map { |frame| parse_one(frame.strip) }
    end

    def parse_one(frame)
      frame.empty? ? [] : [JSON.parse(frame, max_nesting: false)]
    rescue JSON::ParserError
      send_message({ 'command' => 'error', 'msg' => "storm: a message is no JSON: #{frame[0, 1000]}" })
      []
    end

    # Moves the pipes out of reach: who reads standard input finds its end, and what a subprocess writes to standard output comes out on
    # standard error.
    def take_over
      @input = STDIN.dup.binmode
      @output = STDOUT.dup.binmode
      @output.sync = true
      STDIN.reopen(File::NULL)
      STDOUT.reopen(STDERR)
      log = $stdout = LogOutput.new(self)
      RubyVM::YJIT.enable if defined?(RubyVM::YJIT) && RubyVM::YJIT.respond_to?(:enable)
      # Ctrl-C reaches the whole group of processes; the other side ends us when it has drained its topology.
      before = trap('INT') {}
      trap('INT', before) unless before == 'DEFAULT'
      owner = Process.pid
      at_exit do
        if Process.pid == owner
          log.finish
          flush
        end
      end
    end

    def refuse_other_serializers
      serializer = ENV.fetch('TYPHOON_SERIALIZER', '')
      abort "storm: the topology asks for #{serializer}; storm.rb knows json only" unless ['', 'json'].include?(serializer)
    end
  end

  # There is no other side: inputs are played to the component, and what it sends is shown.
  class PlayedPort < Port
    END_OF_INPUT = { 'id' => '-9', 'comp' => nil, 'stream' => '__end_of_input', 'task' => SYSTEM_TASK, 'tuple' => [] }.freeze
    ONE_TICK = { 'id' => '-4', 'comp' => '__system', 'stream' => '__tick', 'task' => SYSTEM_TASK, 'tuple' => [1] }.freeze

    def initialize(inputs, fields, conf, &show)
      super()
      @inputs = inputs
      @show = show
      @count = 0
      @last_id = nil
      @ended = false
      @kept = Hash.new { |states, name| states[name] = {} }
      @commands << { 'conf' => { 'typhoon.version' => 'by hand' }.merge(conf), 'pidDir' => nil, 'context' => context(fields) }
    end

    def send_message(message)
      message = JSON.parse(JSON.generate(message))
      command, id = message.values_at('command', 'id')
      return keep(message) if %w[state_get state_put].include?(command)

      if command == 'emit'
        @last_id = id unless id.nil?
        @task_ids << [1] unless message['need_task_ids'] == false || message['task']
      end
      of_runtime = %w[ack fail].include?(command) && id.to_s.start_with?('-')
      @show.call(message) unless command.nil? || command == 'sync' || of_runtime
    end

    private

    # What is put is kept for as long as it runs.
    def keep(message)
      values = @kept[message['state']]
      @values << message['keys'].map { |key| values.key?(key) ? [values[key]] : [] } if message['command'] == 'state_get'
      (message['put'] || []).each { |key, value| values[key] = value }
      (message['delete'] || []).each { |key| values.delete(key) }
    end

    def context(fields)
      { 'componentid' => File.basename($PROGRAM_NAME, '.rb'), 'taskid' => 1,
        'task->component' => { '1' => 'component', '2' => 'input' },
        'source->stream->fields' => { 'input' => { 'default' => fields } } }
    end

    def read
      input = @inputs.next
      [input.is_a?(String) ? command(input) : tuple(input)]
    rescue StopIteration
      exit(0) if @ended || Protocol.mode == 'spout'
      @ended = true
      [END_OF_INPUT]
    end

    def tuple(values)
      { 'id' => (@count += 1).to_s, 'comp' => 'input', 'stream' => 'default', 'task' => 2, 'tuple' => values }
    end

    def command(text)
      name, id = text.split(' ', 2)
      name == 'tick' ? ONE_TICK : { 'command' => name, 'id' => id ? Storm.json_or_text(id) : @last_id }
    end
  end

  def self.json_or_text(text)
    JSON.parse(text)
  rescue JSON::ParserError
    text
  end

  # Text as JSON can have it, whatever bytes it is of.
  def self.utf8(text)
    text = text.encode(Encoding::UTF_8, invalid: :replace, undef: :replace) unless [Encoding::UTF_8, Encoding::BINARY].include?(text.encoding)
    text.dup.force_encoding(Encoding::UTF_8).scrub
  end

  # Inputs are typed, and what is sent is printed.
  class TypedPort < PlayedPort
    def initialize
      at = ARGV.index('--fields')
      @screen = $stdout
      super(lines, at ? ARGV.fetch(at + 1, '').split(',') : [], {}) do |message|
        @screen.puts(shown(message))
        @screen.flush
      end
      log = $stdout = LogOutput.new(self)
      at_exit { log.finish }
    end

    private

    # Each line of standard input: for a bolt a tuple or `:tick`, for a spout a command, or nothing for `next`.
    def lines
      Enumerator.new do |out|
        hint
        STDIN.each_line { |line| typed(line.strip, out) }
      rescue Interrupt
        nil # the end, as Ctrl-D
      end
    end

    def hint
      return unless STDIN.tty?

      what = Protocol.mode == 'spout' ? 'Enter is next; or ack, fail.' : 'A line is a tuple: a JSON array, or text.'
      warn "#{what} Ctrl-D ends."
    end

    def typed(text, out)
      return out << (text.empty? ? 'next' : text) if Protocol.mode == 'spout'
      return if text.empty?
      return out << 'tick' if text == ':tick'

      values = Storm.json_or_text(text)
      out << (values.is_a?(Array) ? values : [text])
    end

    # A message, readably.
    def shown(message)
      command = message.delete('command')
      return "log    #{LEVELS.keys[message['level'] || 2]}: #{message['msg']}" if command == 'log'

      if command == 'emit'
        message.delete('need_task_ids')
        tuple = message.delete('tuple')
        return "emit   #{JSON.generate(tuple)}#{message.map { |key, value| " #{key}=#{JSON.generate(value)}" }.join}"
      end
      values = message.values.map { |value| value.is_a?(String) ? value : JSON.generate(value) }
      "#{command.ljust(6)} #{values.join(' ')}".rstrip
    end
  end

  # ----------------------------------------------------------------------------------------------------------- log

  # What is printed: each line is a message of level info.
  class LogOutput < StringIO
    def initialize(port)
      super()
      @port = port
      @line = ''.b
    end

    def write(*strings)
      strings.each { |string| @line << string.to_s.b }
      log(@line.slice!(0..@line.index("\n")).chomp) while @line.include?("\n")
      strings.sum { |string| string.to_s.bytesize }
    end

    # A line that was begun is a line.
    def finish
      log(@line.slice!(0..-1)) unless @line.empty?
    end

    private

    def log(line)
      @port.send_message({ 'command' => 'log', 'msg' => Storm.utf8(line), 'level' => LEVELS[:info] })
    end
  end

  # A Logger of the standard library that writes to the topology's log. It has all levels on: the topology chooses.
  class Log < ::Logger
    LEVEL_OF = { DEBUG => 1, INFO => 2, WARN => 3, ERROR => 4, FATAL => 4, UNKNOWN => 2 }.freeze

    def initialize
      super(nil)
    end

    def add(severity, message = nil, progname = nil)
      severity ||= UNKNOWN
      return true if severity < level

      message = block_given? ? yield : progname if message.nil?
      text = message.is_a?(String) ? message : message.inspect
      Storm.port.send_message({ 'command' => 'log', 'msg' => Storm.utf8(text), 'level' => LEVEL_OF[severity] || 2 })
      true
    end
    alias log add
  end

  # ----------------------------------------------------------------------------------------------- the classic face

  # The words of the protocol, as Storm's storm.rb has them. A component of your own making includes it and has `handshake`,
  # `read_command` and the rest.
  module Protocol
    class << self
      # 'bolt' or 'spout': what `emit` means.
      attr_accessor :mode
    end

    def read_message
      read_command
    end

    def read_task_ids
      Storm.port.next_task_ids
    end

    def read_command
      Storm.port.next_command
    end

    def get_pending_queue_size
      Storm.port.waiting
    end

    def send_msg_to_parent(message)
      Storm.port.send_message(message)
    end

    def sync
      send_msg_to_parent({ 'command' => 'sync' })
    end

    # `can`: what Typhoon may do beyond Storm's protocol.
    def send_pid(folder, can: nil)
      leave_pid(folder) if folder && !folder.empty?
      message = { 'pid' => Process.pid }
      message[can] = true if can && Storm.typhoon
      send_msg_to_parent(message)
    end

    # Of a bolt: `:stream`, `:anchor` or `:anchors`, `:direct_task`. Waits for the ids of the tasks that get the tuple and returns them, but
    # not where it is direct, nor with `:need_task_ids => false`.
    def emit_bolt(tup, args = {})
      anchors = args[:anchors] || args[:anchor] || []
      anchors = [anchors] unless anchors.is_a?(Enumerable)
      send_tuple(tup, anchors.map { |anchor| Storm.id_of_anchor(anchor) }, nil, args)
    end

    # Of a spout: `:stream`, `:id`, `:direct_task`, and as above.
    def emit_spout(tup, args = {})
      send_tuple(tup, nil, args[:id], args)
    end

    def emit(*args)
      Protocol.mode == 'spout' ? emit_spout(*args) : emit_bolt(*args)
    end

    # The first ack or fail of a tuple counts; others are void.
    def ack(tup)
      return if tup.settled

      tup.settled = true
      Storm.port.ack(tup.id)
    end

    def fail(tup)
      return if tup.settled

      tup.settled = true
      Storm.port.fail(tup.id)
    end

    # A message or an exception. The tuple that fails next is not tried again where the exception answers `permanent`
    # with true.
    def reportError(error)
      text = error.is_a?(Exception) ? error.full_message(highlight: false, order: :top) : error.to_s
      message = { 'command' => 'error', 'msg' => Storm.utf8(text) }
      message['permanent'] = true if error.is_a?(Exception) && error.respond_to?(:permanent) && error.permanent == true
      message['code'] = error.code if error.is_a?(Unfit)
      send_msg_to_parent(message)
    end

    # The level is a number from 0, or :trace, :debug, :info, :warn, :error.
    def log(msg, level = 2)
      send_msg_to_parent({ 'command' => 'log', 'msg' => Storm.utf8(msg.to_s), 'level' => LEVELS.fetch(level, level) })
    end

    def logTrace(msg)
      log(msg, 0)
    end

    def logDebug(msg)
      log(msg, 1)
    end

    def logInfo(msg)
      log(msg, 2)
    end

    def logWarn(msg)
      log(msg, 3)
    end

    def logError(msg)
      log(msg, 4)
    end

    def metric(name, params)
      send_msg_to_parent({ 'command' => 'metrics', 'name' => name, 'params' => params })
    end

    # Reads what the component is to know, and answers with the pid: [conf, context].
    def handshake(can: nil)
      setup = read_message
      conf = setup['conf'] || {}
      context = Context.new.merge!(setup['context'] || {})
      Storm.fields = context['source->stream->fields'] || {}
      Storm.outputs = context['stream->outputfields']
      Storm.typhoon = conf.key?('typhoon.version')
      send_pid(setup['pidDir'], can: can)
      [conf, context]
    end

    private

    def send_tuple(tup, anchors, id, args)
      Storm.check_values(tup, args[:stream])
      task = args[:direct_task] || args[:task]
      Storm.port.emit(tup, anchors, id, args[:stream], task, args[:need_task_ids])
      read_task_ids unless task || args[:need_task_ids] == false
    end

    def leave_pid(folder)
      File.open("#{folder}/#{Process.pid}", 'w').close
    rescue SystemCallError => e
      logWarn("storm: no file for the pid: #{e.message}")
    end

    # Handshake, and what the component does before it begins; an exception there is reported and ends the process with 1.
    def start(mode, can: nil)
      Protocol.mode = mode
      given = handshake(can: can)
      begin
        yield(*given)
      rescue *RAISED => e
        reportError(e)
        exit(1)
      end
    end
  end

  def self.id_of_anchor(anchor)
    return anchor unless anchor.is_a?(Tuple)
    raise ArgumentError, 'emitted after its anchor was acked or failed' if anchor.settled

    anchor.id
  end

  # An emit that does not fit what the component declares: it is refused where it stands.
  class Unfit < ArgumentError
  end

  # A component has emitted to a stream that it does not declare.
  class UndeclaredStream < Unfit
    def code
      'UNDECLARED_STREAM'
    end
  end

  # A tuple has another number of values than its stream has fields. No further attempt will mend that.
  class WrongValues < Unfit
    def permanent
      true
    end

    def code
      'WRONG_VALUES'
    end
  end

  def self.check_values(values, stream)
    raise TypeError, "a tuple is an array of values, not #{values.inspect}" unless values.is_a?(Array)

    return if Storm.outputs.nil?

    to = "emitted to the stream \"#{stream || 'default'}\""
    fields = Storm.outputs[stream || 'default']
    raise UndeclaredStream, "#{to}; declared: #{Storm.outputs.empty? ? 'none' : Storm.outputs.keys.join(', ')}" if fields.nil?
    return if fields.length == values.length

    names = fields.empty? ? 'none' : "#{fields.length} (#{fields.join(', ')})"
    raise WrongValues, "#{to}: values: #{values.length}; fields: #{names}"
  end

  # A bolt that anchors, acks and fails by itself. Subclasses write `process`; they may have `prepare`, `tick(tuple)`, without which ticks
  # come to `process`, and `end_of_input`, which Typhoon calls when the whole input has been processed.
  class Bolt
    include Protocol

    def prepare(conf, context); end

    def process(tuple); end

    # Serves until the other side is gone, which ends the process.
    def run
      start('bolt', can: ('end_of_input' if respond_to?(:end_of_input))) { |conf, context| prepare(conf, context) }
      _take(read_command) while true
    end

    private

    def _take(message)
      return logWarn("storm: a message was left out: #{message.inspect[0, 1000]}") unless message.is_a?(Hash) && message.key?('tuple')

      tuple = Tuple.from_hash(message)
      return _process(tuple) if tuple.task != SYSTEM_TASK
      return sync if tuple.is_heartbeat

      _guard(tuple) { _of_system(tuple) }
    end

    def _process(tuple)
      _guard(tuple) { process(tuple) }
    end

    # An exception is reported, and fails the tuple.
    def _guard(tuple)
      yield
    rescue *RAISED => e
      reportError(e)
      _fail(tuple)
    end

    def _of_system(tuple)
      return process(tuple) if tuple.tick? && !respond_to?(:tick)

      if tuple.tick?
        tick(tuple)
      elsif tuple.end_of_input? && respond_to?(:end_of_input)
        end_of_input
      end
      _ack(tuple)
    end

    # What `ack` is, whatever a subclass makes of it.
    def _ack(tuple)
      Protocol.instance_method(:ack).bind(self).call(tuple)
    end

    def _fail(tuple)
      Protocol.instance_method(:fail).bind(self).call(tuple)
    end
  end

  # A spout that keeps nothing. Subclasses write `nextTuple`, and may write the others.
  class Spout
    include Protocol

    def open(conf, context); end

    def nextTuple; end

    def ack(id); end

    def fail(id); end

    def activate; end

    def deactivate; end

    # Serves until the other side is gone, which ends the process.
    def run
      start('spout', can: 'pipelining') { |conf, context| _open(conf, context) }
      _take(read_command) while true
    end

    private

    def _open(conf, context)
      open(conf, context)
    end

    def _take(message)
      command = message.is_a?(Hash) ? message['command'] : nil
      return logWarn("storm: a message was left out: #{message.inspect[0, 1000]}") unless command

      begin
        _obey(command, message['id'])
      rescue *RAISED => e
        reportError(e)
      end
      sync
    end

    def _obey(command, id)
      case command
      when 'next' then nextTuple
      when 'ack' then ack(id)
      when 'fail' then fail(id)
      when 'activate' then activate
      when 'deactivate' then deactivate
      else logWarn("storm: an unknown command was left out: #{command}")
      end
    end
  end

  # ------------------------------------------------------------------------------------------------ the modern face

  # What this task of a bolt keeps by key. Typhoon has it, and with `topology.guarantee: exactly-once` it lasts: what is written while a
  # tuple is processed takes effect with what is emitted, or not at all. The option `states` of the bolt names it. Not under Storm.
  class State
    def initialize(name)
      @name = name
    end

    # The value of a key; `default` where it has none.
    def get(key, default = nil)
      get_all([key], default).first
    end
    alias [] get

    # The values of several keys in one question.
    def get_all(keys, default = nil)
      Storm.port.send_message({ 'command' => 'state_get', 'state' => @name, 'keys' => keys.to_a })
      Storm.port.next_values.map { |found| found.empty? ? default : found.first }
    end

    def put(key, value)
      put_all([[key, value]])
    end
    alias []= put

    # Puts the values of several keys, given as pairs, in one message.
    def put_all(pairs)
      Storm.port.send_message({ 'command' => 'state_put', 'state' => @name, 'put' => pairs.map(&:to_a) })
    end

    def delete(*keys)
      Storm.port.send_message({ 'command' => 'state_put', 'state' => @name, 'delete' => keys })
    end
  end

  # A bolt whose tuples are anchored, acked and failed for it: acked when `process` returns, failed when it raises.
  # Beside `process` it may have `prepare(conf, context)`, `tick(tuple)` and `end_of_input`.
  class BasicBolt < Bolt
    NO_ANCHORS = [].freeze
    private_constant :NO_ANCHORS

    # Anchored to the tuple that is being processed. With `need_task_ids` it waits for the ids of the tasks that get the
    # tuple, and returns them.
    def emit(values, stream: nil, anchors: _anchors, task: nil, need_task_ids: false)
      Storm.check_values(values, stream)
      ids = anchors.map { |anchor| Storm.id_of_anchor(anchor) }
      Storm.port.emit(values, ids, nil, stream, task, need_task_ids && task.nil?)
      return unless need_task_ids

      task ? [task] : read_task_ids
    end

    private

    def _process(tuple)
      @_anchors = [tuple]
      process(tuple)
      ack(tuple)
    rescue *RAISED => e
      reportError(e)
      fail(tuple)
    ensure
      @_anchors = nil
    end

    def _anchors
      @_anchors || NO_ANCHORS
    end

    # A tick is not a tuple of the user's.
    def _of_system(tuple)
      tuple.tick? && !respond_to?(:tick) ? _ack(tuple) : super
    end
  end

  # A bolt that processes its tuples in groups: when one is full, at every tick, and at the end of the input. What it emits is anchored to
  # the whole group, which is acked together, or fails together.
  class BatchingBolt < BasicBolt
    # Subclasses may have another.
    def group_size
      100
    end

    def process_group(tuples); end

    # A subclass that has its own calls this one too; so with `end_of_input`.
    def tick(_tuple)
      _process_group
    end

    def end_of_input
      _process_group
    end

    private

    def _process(tuple)
      (@_group ||= []) << tuple
      _process_group if @_group.length >= group_size
    end

    # What a subclass has acked or failed by itself is not an anchor any more.
    def _anchors
      super.reject(&:settled)
    end

    def _process_group
      group = @_group || []
      return if group.empty?

      @_group = []
      @_anchors = group
      process_group(group)
      group.each { |tuple| ack(tuple) }
    rescue *RAISED => e
      reportError(e)
      group.each { |tuple| fail(tuple) }
    ensure
      @_anchors = nil
    end
  end

  # What Storm.bolt makes of a block: see there. The blocks share their instance variables.
  class BlockBolt < BasicBolt
    def initialize(block)
      super()
      define_singleton_method(:process, &block)
    end

    # The block runs before the first tuple, with conf and context.
    def on_prepare(&block)
      define_singleton_method(:prepare) { |conf, context| instance_exec(conf, context, &block) }
      self
    end

    # The block runs at every tick, if `topology.tick.tuple.freq.secs` is set.
    def on_tick(&block)
      define_singleton_method(:tick) { |_tuple| instance_exec(&block) }
      self
    end

    # The block runs when the whole input has been processed; Typhoon's, Storm does not say so.
    def at_end(&block)
      define_singleton_method(:end_of_input) { instance_exec(&block) }
      self
    end
  end

  # A spout that keeps what it emitted until it is acked, and emits again what has failed, after a back-off. Subclasses write `tuples`.
  # What is kept is kept in memory: where the process dies, the source begins anew.
  class ReliableSpout < Spout
    Root = Struct.new(:id, :values, :stream, :task, :attempts, :due_at)

    # How often a tuple is emitted before it is given up; nil: `topology.replay.max.attempts`, or 5.
    attr_accessor :max_attempts
    # Seconds before the first replay, doubled for each further one; nil: `topology.replay.delay.ms`, or 0.1.
    attr_accessor :replay_delay
    # Its upper limit; nil: `topology.replay.max.delay.ms`, or 30.
    attr_accessor :max_replay_delay

    # The source: `out << values`, or `out << { tuple: values, stream: …, task: …, id: … }`, or `out << nil` where there is nothing just now. When
    # it returns, the input has ended. When it raises, that is reported, and it is called anew.
    def tuples(out); end

    # A tuple is done, and kept no longer.
    def acked(id, values); end

    # A tuple has failed too often, and is kept no longer. Unless overridden, it is reported as an error.
    def given_up(_id, values)
      reportError("given up after #{max_attempts} attempts: #{JSON.generate(values)}")
    end

    def ack(id)
      root = @_kept.delete(id)
      acked(id, root.values) if root
    end

    def fail(id)
      root = @_kept[id]
      return if root.nil? || root.due_at
      return _plan(root) if root.attempts < max_attempts

      @_kept.delete(id)
      given_up(id, root.values)
    end

    # A replay that is due, or else the next of the source.
    def nextTuple
      if !@_due.empty? && @_due.first.due_at <= _now
        _replay(@_due.shift)
      elsif !@_exhausted && @_due.length < @_max_waiting
        _pull
      end
      send_msg_to_parent({ 'command' => 'exhausted' }) if Storm.typhoon && @_exhausted && @_due.empty?
    end

    private

    def _open(conf, context)
      @_kept = {}
      @_due = [] # failed roots, by the time of their replay
      @_exhausted = false
      @_count = 0
      # Ids of an earlier process of this spout, which the other side may still fail, must not be taken for ours.
      @_prefix = "#{rand(2**32).to_s(16)}-"
      @_max_waiting = conf['topology.max.spout.pending'] || 1000
      @max_attempts ||= conf['topology.replay.max.attempts'] || 5
      @replay_delay ||= (conf['topology.replay.delay.ms'] || 100) / 1000.0
      @max_replay_delay ||= (conf['topology.replay.max.delay.ms'] || 30_000) / 1000.0
      super
    end

    def _pull
      given = _given
      _keep(given.is_a?(Hash) ? given : { tuple: given }) unless given.nil?
    end

    def _given
      @_source ||= Enumerator.new { |out| tuples(out) }
      @_source.next
    rescue StopIteration
      @_exhausted = true
      nil
    rescue *RAISED
      @_source = nil # what has raised has ended
      raise
    end

    def _keep(given)
      id = given.fetch(:id) { @_prefix + (@_count += 1).to_s }
      root = Root.new(id, given[:tuple], given[:stream], given[:task], 1, nil)
      _send(root)
      @_kept[id] = root
    end

    def _replay(root)
      root.attempts += 1
      root.due_at = nil
      _send(root) if @_kept.key?(root.id)
    end

    def _send(root)
      emit_spout(root.values, id: root.id, stream: root.stream, task: root.task, need_task_ids: false)
    end

    # Jitter, so that what failed together does not come back together.
    def _plan(root)
      delay = [max_replay_delay, replay_delay * 2**(root.attempts - 1)].min
      root.due_at = _now + delay * (0.5 + rand / 2)
      @_due.insert(@_due.bsearch_index { |other| other.due_at > root.due_at } || -1, root)
    end

    def _now
      Process.clock_gettime(Process::CLOCK_MONOTONIC)
    end
  end

  # What Storm.spout makes of a block: see there.
  class BlockSpout < ReliableSpout
    def initialize(block)
      super()
      @block = block
    end

    def open(conf, context)
      @given = [conf, context]
    end

    def tuples(out)
      instance_exec(out, *@given, &@block)
    end
  end
end
