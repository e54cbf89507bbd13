# frozen_string_literal: true

# The components that the contract of multilang runs, in Ruby: `ruby components.rb NAME`.

require_relative '../../../../multilang/ruby/storm'

class ClassicEcho < Storm::Bolt
  def process(tup)
    emit(tup.values, :anchor => tup)
    ack(tup)
  end
end

class Rich < Storm::Bolt
  def process(tup)
    case tup.values.first
    when 'fail' then fail(tup)
    when 'drop' then nil
    else
      (tup.values.first == 'twice' ? 2 : 1).times { emit(tup.values, :anchors => [tup]) }
      ack(tup)
    end
  end
end

class ShowContext < Storm::BasicBolt
  def prepare(conf, context)
    @shown = {
      component: context.component, task: context.task, tasks: context.tasks.length, fields: context.fields,
      sources: context.sources, setting: conf['a.setting']
    }
  end

  def process(_tuple)
    emit [@shown]
  end
end

class Counting < Storm::BasicBolt
  def prepare(_conf, _context)
    @count = 0
  end

  def process(_tuple)
    @count += 1
  end
end

class Ticks < Counting
  def tick(_tuple)
    emit [@count]
  end
end

class AtEnd < Counting
  def end_of_input
    emit [@count]
  end
end

class Batch < Storm::BatchingBolt
  def group_size
    3
  end

  def process_group(group)
    raise 'thrown on purpose' if group.any? { |tuple| tuple[0] == 'throw' }

    emit [group.length]
  end
end

class Early < Storm::BasicBolt
  def prepare(_conf, _context)
    @ids = emit(['early'], need_task_ids: true)
  end

  def process(tuple)
    emit [*tuple.values, @ids.length]
  end
end

class Count < Storm::ReliableSpout
  def open(conf, _context)
    @count = conf['count'] || 5
    self.replay_delay = 0
  end

  def tuples(out)
    1.upto(@count) { |n| out << [n] }
  end
end

class ClassicSpout < Storm::Spout
  def open(_conf, _context)
    @ids = [0, 1, 2]
  end

  def nextTuple
    id = @ids.shift
    emit([id], :id => id) if id
  end

  def ack(id)
    log("acked #{id}")
  end

  def fail(id)
    log("failed #{id}")
  end
end

class StringIds < ClassicSpout
  def open(_conf, _context)
    @ids = ['a-0']
  end
end

SUMS = Storm::State.new('sums')

COMPONENTS = {
  'states' => lambda {
    Storm.bolt do |tuple|
      key, n = tuple.values
      if n.zero? then SUMS.delete(key)
      else SUMS[key] = SUMS.get(key, 0) + n
      end
      emit [SUMS.get_all([key, key == 'be' ? 'to' : 'be'], 'none')]
    end
  },
  'echo' => -> { Storm.bolt { |tuple| emit tuple.values } },
  'classic-echo' => -> { ClassicEcho.new },
  'rich' => -> { Rich.new },
  'throw' => lambda {
    Storm.bolt do |tuple|
      raise 'thrown on purpose' if tuple[0] == 'throw'

      emit tuple.values
    end
  },
  'task-ids' => -> { Storm.bolt { |tuple| emit [emit([tuple[0]], need_task_ids: true)], stream: 'ids' } },
  'direct' => -> { Storm.bolt { |tuple| emit [tuple[0]], stream: 'direct', task: tuple[1] } },
  'log' => lambda {
    Storm.bolt do |_tuple|
      Storm::LEVELS.each_key { |level| log("at #{level}", level) }
      puts 'printed'
      warn 'complained'
    end
  },
  'metric' => -> { Storm.bolt { |_tuple| metric('seen', 1) } },
  'context' => -> { ShowContext.new },
  'ticks' => -> { Ticks.new },
  'batch' => -> { Batch.new },
  'at-end' => -> { AtEnd.new },
  'early' => -> { Early.new },
  'count' => -> { Count.new },
  'classic-spout' => -> { ClassicSpout.new },
  'string-ids' => -> { StringIds.new }
}.freeze

COMPONENTS[ARGV.last].call.run
